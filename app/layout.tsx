import type { Metadata } from 'next';
import { connection } from 'next/server';
import type { ReactNode } from 'react';
import './globals.css';

export const metadata: Metadata = {
  title: 'Tollgate',
  description: 'An LLM gateway: one token per agent, every token metered, plans that hold.',
  icons: { icon: '/icon.svg' },
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  // A page made at build time would bear no nonce, and its scripts would not run: also true of "not found".
  await connection();
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
