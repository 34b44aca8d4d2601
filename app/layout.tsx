import type { Metadata } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import './globals.css';
import { Nonce } from './ui/nonce';

export const metadata: Metadata = {
  title: 'Tollgate',
  description: 'An LLM gateway: one token per agent, every token metered, plans that hold.',
  icons: { icon: '/icon.svg' },
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? '';
  return (
    <html lang="en">
      <body>
        <Nonce value={nonce} />
        {children}
      </body>
    </html>
  );
}
