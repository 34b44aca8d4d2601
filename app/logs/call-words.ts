/** What endings, grades and ways of recognising a session mean, in plain words. */
import type { Ending, Grade } from '@/lib/domain/usage';
import type { Tone } from '../ui/badge';

interface Word {
  readonly tone: Tone;
  readonly name: string;
  readonly meaning: string;
}

const ENDINGS: Readonly<Record<Ending | 'running', Word>> = {
  complete: { tone: 'good', name: 'Complete', meaning: 'The whole answer was given.' },
  cancelled: { tone: 'plain', name: 'Cancelled', meaning: 'The client left before the answer ended.' },
  broken: { tone: 'bad', name: 'Broken', meaning: 'The provider failed, or could not be reached.' },
  refused: {
    tone: 'warn',
    name: 'Refused',
    meaning: 'Turned down by Tollgate or by the provider: the error code says why.',
  },
  expired: {
    tone: 'bad',
    name: 'Lost',
    meaning: 'What ran the call ended before it did; its figures are an estimate.',
  },
  running: { tone: 'plain', name: 'Running', meaning: 'The call is still under way; its figures follow.' },
};

export const endingWord = (ending: string | null): Word =>
  ENDINGS[ending === null || !(ending in ENDINGS) ? 'running' : (ending as Ending)];

/** A session runs while one of its calls does; else it ended as its last call did. */
export const sessionEnding = (session: { running: number; last_ending: string | null }): Word =>
  endingWord(session.running > 0 ? null : session.last_ending);

const GRADES: Readonly<Record<Grade, Omit<Word, 'tone'>>> = {
  exact: { name: 'Exact', meaning: 'The figures are the provider’s own.' },
  drained: {
    name: 'Read on',
    meaning: 'The client left; Tollgate read on to the provider’s own figures, which are exact.',
  },
  estimated: {
    name: 'Estimated',
    meaning: 'The provider gave no final figures; Tollgate counted what it saw.',
  },
  floor: { name: 'At least', meaning: 'No more than this is known; the provider may have used more.' },
  unpriced: { name: 'Unpriced', meaning: 'The tokens are known, but this model has no price here.' },
};

export const GRADE_WORDS = Object.values(GRADES);
export const ENDING_WORDS = Object.values(ENDINGS);

export const gradeWord = (grade: string | null): Omit<Word, 'tone'> | null =>
  grade === null || !(grade in GRADES) ? null : GRADES[grade as Grade];

const SOURCES: Readonly<Record<string, string>> = {
  named: 'named by the client',
  'claude-code': 'Claude Code’s session',
  codex: 'Codex’s thread',
  openclaw: 'OpenClaw’s session',
  opencode: 'opencode’s session',
  body: 'named in the request',
  fingerprint: 'recognised by how the conversation begins',
  random: 'a single call',
};

export const sourceWords = (source: string): string => SOURCES[source] ?? source;
