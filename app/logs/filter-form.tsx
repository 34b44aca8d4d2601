/** The filter of `/logs`: a plain form whose answer is an address, so that it works without scripts and can be shared. */
import Link from 'next/link';
import type { LogChoices } from '@/lib/account/list-choices';
import { REQUEST_ENDINGS } from '@/lib/account/list-requests';
import { SESSION_ENDINGS } from '@/lib/account/list-sessions';
import type { Formats } from '../formats';
import { Button } from '../ui/button';
import { CheckField, SelectField, TextField } from '../ui/field';
import { endingWord } from './call-words';
import { type LogFilter, logsHref, narrowedBy, shownDay } from './log-filter';

interface FormProps {
  readonly filter: LogFilter;
  readonly choices: LogChoices;
  /** The first day shown, also when none is asked for; only for calls. */
  readonly from: string | undefined;
  readonly formats: Formats;
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly chosen: string | undefined;
  readonly names: readonly (readonly [value: string, name: string])[];
}

/** A chosen name that isn't offered, such as one of a year ago, stays chosen. */
function Choice({ label, name, chosen, names }: ChoiceProps) {
  const strange = chosen !== undefined && !names.some(([value]) => value === chosen);
  return (
    <SelectField label={label} name={name} defaultValue={chosen ?? ''}>
      <option value="">Any</option>
      {strange && <option value={chosen}>{chosen}</option>}
      {names.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </SelectField>
  );
}

const same = (names: readonly string[]) => names.map((name) => [name, name] as const);
const endings = (names: readonly string[]) => names.map((name) => [name, endingWord(name).name] as const);

function Days({ filter, from }: Pick<FormProps, 'filter' | 'from'>) {
  return (
    <>
      <TextField label="From" name="from" type="date" defaultValue={shownDay(from ?? filter.from)} />
      <TextField label="To" name="to" type="date" defaultValue={shownDay(filter.to)} />
    </>
  );
}

/** Tokens of one name are told apart by how they begin. */
function tokensOf({ tokens }: LogChoices) {
  return tokens.map(({ id, name, hint }) => [id, `${name} (${hint})`] as const);
}

function SessionFields({ filter, choices }: FormProps) {
  return (
    <>
      <Choice label="Agent" name="agent" chosen={filter.agent} names={same(choices.agents)} />
      <Choice label="Campaign" name="campaign" chosen={filter.campaign} names={same(choices.campaigns)} />
      <Choice label="Token" name="token" chosen={filter.token} names={tokensOf(choices)} />
      <Choice label="Ending" name="ending" chosen={filter.ending} names={endings(SESSION_ENDINGS)} />
      <Days filter={filter} from={undefined} />
      <div className="flex flex-col justify-end gap-2 pb-1">
        <CheckField label="Only running" name="running" value="true" defaultChecked={filter.running} />
        <CheckField label="Without sub-sessions" name="roots" value="true" defaultChecked={filter.roots} />
      </div>
    </>
  );
}

function CallFields({ filter, choices, from }: FormProps) {
  return (
    <>
      <Choice label="Model" name="model" chosen={filter.model} names={same(choices.models)} />
      <Choice label="Token" name="token" chosen={filter.token} names={tokensOf(choices)} />
      <Choice label="Ending" name="ending" chosen={filter.ending} names={endings(REQUEST_ENDINGS)} />
      <Days filter={filter} from={from} />
      <div className="flex flex-col justify-end pb-2">
        <CheckField
          label="Only calls without a session"
          name="sessionless"
          value="true"
          defaultChecked={filter.sessionless}
        />
      </div>
    </>
  );
}

function Buttons({ filter }: { readonly filter: LogFilter }) {
  return (
    <div className="flex items-end gap-2">
      <Button type="submit" look="main">
        Show
      </Button>
      {narrowedBy(filter) > 0 && (
        <Button asChild look="quiet">
          <Link
            href={logsHref({ view: filter.view, running: false, roots: false, sessionless: false })}
            prefetch={false}
          >
            Clear
          </Link>
        </Button>
      )}
    </div>
  );
}

/** Made anew with each address: browsers would keep what was typed before. */
export function FilterForm(props: FormProps) {
  const { filter } = props;
  const isCalls = filter.view === 'calls';
  const first = shownDay(props.from);
  const since = first === undefined ? undefined : props.formats.day(first);
  const more = narrowedBy(filter) - (filter.search === undefined ? 0 : 1);
  const Fields = isCalls ? CallFields : SessionFields;
  return (
    <form
      key={logsHref(filter)}
      action="/logs"
      role="search"
      aria-label={isCalls ? 'Filter calls' : 'Filter sessions'}
      className="flex flex-col gap-3 border-b border-line px-5 py-4"
    >
      {isCalls && <input type="hidden" name="view" value="calls" />}
      {!isCalls && (
        <div className="flex flex-wrap items-end gap-2">
          <TextField
            label="Search"
            name="search"
            type="search"
            maxLength={100}
            placeholder="Key, agent, campaign or model"
            defaultValue={filter.search}
            className="min-w-0 flex-1 basis-56"
          />
          <Buttons filter={filter} />
        </div>
      )}
      <details open={more > 0}>
        <summary className="w-fit py-1 text-sm text-quiet">
          {more > 0 ? `Filters (${more} set)` : since === undefined ? 'Filters' : `Filters (since ${since})`}
        </summary>
        <div className="mt-2 grid grid-cols-1 gap-3 sm:grid-cols-3 lg:grid-cols-4">
          <Fields {...props} />
          {isCalls && <Buttons filter={filter} />}
        </div>
      </details>
    </form>
  );
}
