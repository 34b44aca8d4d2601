import { Alert } from '../ui/alert';

/** Why there are no forms for this viewer. */
export function ReadingOnly() {
  return (
    <Alert title="You are signed in for reading only.">
      Sessions opened with a token that is narrowed, capped or expiring can’t make or change tokens: it could
      give itself more than it was given. Sign in with a token that isn’t, with a link, or ask your operator.
    </Alert>
  );
}
