/** First half of the build on Vercel: brings the remote database to the newest schema, when the environment names one. */
import { execFileSync } from 'node:child_process';

// Before the new functions go live: migrations only add, so the functions that still run keep working.
const url = process.env.TURSO_DATABASE_URL ?? '';
if (url === '' || url.startsWith('file:')) {
  console.log('TURSO_DATABASE_URL names no remote database: nothing to migrate.');
} else {
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/tollgate.ts', 'migrate'], { stdio: 'inherit' });
}
