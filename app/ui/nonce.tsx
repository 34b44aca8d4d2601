'use client';

/** Hands the page's nonce to libraries that add a style element while a dialog is open (they read this well-known name). */
export function Nonce({ value }: { readonly value: string }) {
  Object.assign(globalThis, { __webpack_nonce__: value });
  return null;
}
