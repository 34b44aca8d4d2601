/** Joins class names; of two Tailwind classes that set the same property the later one wins. */
import { type ClassValue, clsx } from 'clsx';
import { twMerge } from 'tailwind-merge';

export function classes(...parts: readonly ClassValue[]): string {
  return twMerge(clsx(parts));
}
