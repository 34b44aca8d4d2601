/** A share of a whole as a thin bar with its per cent: SVG, because a strict policy lets no server-made style through. */

export function ShareBar({ share, text }: { readonly share: number; readonly text: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 10_000) / 100;
  return (
    <span className="flex items-center gap-2">
      <svg
        aria-hidden
        className="h-1.5 w-12 shrink-0 rounded-full bg-sunken max-sm:hidden xl:w-16"
        preserveAspectRatio="none"
      >
        <rect width={`${percent}%`} height="100%" className="fill-accent" />
      </svg>
      <span className="figures sm:w-9 text-right text-xs text-quiet">{text}</span>
    </span>
  );
}
