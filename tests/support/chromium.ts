/** The system's Chromium for the browser tests: `CHROMIUM_PATH`, or the first one on PATH. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Root needs no sandbox here, machines may lack a GPU, and the browser itself must stay off the network. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws naming the Debian package when there is none */
export function launchChromium(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  const executablePath = process.env['CHROMIUM_PATH'] ?? candidates.find(isExecutable);
  if (executablePath === undefined)
    throw new Error('no Chromium on PATH; install the Debian package "chromium"');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}
