/** `tollgate audit …` */
import { AUDIT_ACTIONS } from '@/lib/account/audited';
import { ACTOR_KINDS } from '@/lib/account/context';
import { AUDIT_OBJECTS, listAudit } from '@/lib/account/list-audit';
import { fieldChanges, type AuditView } from '@/lib/account/present-audit';
import { command, PAGE_FLAGS, type Command } from './command';
import { list } from './output';

const word = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const changesIn = (entry: AuditView): string =>
  fieldChanges(entry)
    .map(({ field, before, after }) => `${field}: ${word(before)} -> ${word(after)}`)
    .join('; ');

export const AUDIT_COMMANDS: readonly Command[] = [
  command({
    name: 'audit list',
    summary: 'List changes, newest first; --json shows the rows before and after',
    flags: {
      user: { kind: 'text', help: 'only changes that concern this user' },
      object_kind: { kind: 'text', help: `only changes of: ${AUDIT_OBJECTS.join(', ')}` },
      object_id: { kind: 'text', help: 'only changes of this one (with --object-kind)' },
      action: { kind: 'text', help: `only: ${AUDIT_ACTIONS.join(', ')}` },
      actor_kind: { kind: 'text', help: `only changes by: ${ACTOR_KINDS.join(', ')}` },
      actor_id: { kind: 'text', help: 'only changes by this one of them' },
      from: { kind: 'text', help: 'made at or after this instant or day' },
      to: { kind: 'text', help: 'made before this instant, or on this day at the latest' },
      ...PAGE_FLAGS,
    },
    examples: ['audit list --user acme', 'audit list --object-kind plan --object-id pro --json'],
    run: listAudit,
    show: (page) =>
      list(page, {
        at: (entry) => entry.at,
        by: (entry) => [entry.actor_kind, entry.actor_id].filter((part) => part !== '').join(' '),
        action: (entry) => entry.action,
        of: (entry) => entry.object_id,
        user: (entry) => entry.user,
        changed: changesIn,
      }),
  }),
];
