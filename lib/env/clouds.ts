/** Cloud providers' credentials from the environment: Amazon Bedrock and Google's Vertex AI. */
import { z } from 'zod';

export interface CloudSettings {
  readonly bedrock: {
    readonly baseUrl: string;
    /** A Bedrock API key; empty where requests are signed. */
    readonly apiKey: string;
    readonly aws: {
      readonly region: string;
      readonly keys: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken: string | null;
      } | null;
    };
  } | null;
  readonly vertex: {
    readonly baseUrl: string;
    readonly apiKey: '';
    readonly vertex: {
      readonly project: string;
      readonly location: string;
      readonly serviceAccount: {
        readonly clientEmail: string;
        readonly privateKey: string;
        readonly privateKeyId: string | null;
        readonly tokenUrl: string;
      };
    };
  } | null;
  readonly problems: readonly string[];
}

type Source = Readonly<Record<string, string | undefined>>;

const DEFAULT_REGION = 'us-east-1';
/** Google's location without the regional surcharge. */
const DEFAULT_LOCATION = 'global';
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
const PLACE = /^[a-z0-9-]{2,40}$/;

const serviceAccount = z.object({
  client_email: z.string().min(3),
  private_key: z.string().includes('PRIVATE KEY'),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/ }).optional(),
});

const set = (source: Source, name: string): string | undefined => {
  const value = source[name]?.trim();
  return value === '' ? undefined : value;
};

const trimmed = (url: string) => url.replace(/\/+$/, '');

/** Reads both clouds; problems name variables, never values. */
export function readCloud(source: Source): CloudSettings {
  const problems: string[] = [];
  return { bedrock: readBedrock(source, problems), vertex: readVertex(source, problems), problems };
}

function urlOr(source: Source, name: string, fallback: string, problems: string[]): string {
  const value = set(source, name);
  if (value === undefined) return fallback;
  if (!/^https?:\/\/[^\s/]+/.test(value)) problems.push(`${name}: must be an http(s) URL`);
  return trimmed(value);
}

/** Vercel's functions run with AWS names of their own in the environment: Bedrock's credentials have names apart from those. */
function readBedrock(source: Source, problems: string[]): CloudSettings['bedrock'] {
  const apiKey = set(source, 'BEDROCK_API_KEY');
  const accessKeyId = set(source, 'BEDROCK_ACCESS_KEY_ID');
  const secretAccessKey = set(source, 'BEDROCK_SECRET_ACCESS_KEY');
  const region = set(source, 'BEDROCK_REGION') ?? DEFAULT_REGION;
  if (!PLACE.test(region)) problems.push('BEDROCK_REGION: must be a region such as us-east-1');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    problems.push('BEDROCK_ACCESS_KEY_ID and BEDROCK_SECRET_ACCESS_KEY must be set together');
  if (apiKey === undefined && accessKeyId === undefined) return null;
  const baseUrl = urlOr(
    source,
    'BEDROCK_UPSTREAM_URL',
    `https://bedrock-runtime.${region}.amazonaws.com`,
    problems,
  );
  const sessionToken = set(source, 'BEDROCK_SESSION_TOKEN') ?? null;
  const keys =
    apiKey === undefined && accessKeyId !== undefined && secretAccessKey !== undefined
      ? { accessKeyId, secretAccessKey, sessionToken }
      : null;
  return { baseUrl, apiKey: apiKey ?? '', aws: { region, keys } };
}

/** A key file as JSON, or as base64 of it, since some hosts' variables hold no line ends. */
function readKeyFile(value: string): z.infer<typeof serviceAccount> | null {
  const text = value.startsWith('{') ? value : atobOrEmpty(value);
  try {
    return serviceAccount.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function atobOrEmpty(value: string): string {
  try {
    return atob(value);
  } catch {
    return '';
  }
}

function readVertex(source: Source, problems: string[]): CloudSettings['vertex'] {
  const value = set(source, 'VERTEX_SERVICE_ACCOUNT');
  if (value === undefined) return null;
  const file = readKeyFile(value);
  if (file === null) {
    problems.push('VERTEX_SERVICE_ACCOUNT: must be the JSON of a service account key, or base64 of it');
    return null;
  }
  const project = set(source, 'VERTEX_PROJECT') ?? file.project_id;
  const location = set(source, 'VERTEX_LOCATION') ?? DEFAULT_LOCATION;
  if (project === undefined || !/^[a-z0-9:.-]{2,60}$/.test(project)) {
    problems.push('VERTEX_PROJECT: must name the Google Cloud project');
    return null;
  }
  if (!PLACE.test(location)) problems.push('VERTEX_LOCATION: must be a location such as us-east5, or global');
  return {
    baseUrl: urlOr(source, 'VERTEX_UPSTREAM_URL', `https://${hostOf(location)}`, problems),
    apiKey: '',
    vertex: {
      project,
      location,
      serviceAccount: {
        clientEmail: file.client_email,
        // Pasted through a shell, its line ends often come as the two characters they are written with.
        privateKey: file.private_key.replaceAll('\\n', '\n'),
        privateKeyId: file.private_key_id ?? null,
        tokenUrl: file.token_uri ?? GOOGLE_TOKEN_URL,
      },
    },
  };
}

/** Regions have hosts of their own, the multi-regions others still. */
function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  const multiRegion = location === 'us' || location === 'eu';
  return multiRegion ? `aiplatform.${location}.rep.googleapis.com` : `${location}-aiplatform.googleapis.com`;
}
