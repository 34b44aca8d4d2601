/** Buttons, and links that look like them. */
import { type VariantProps, cva } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { classes } from './classes';

const button = cva(
  'inline-flex items-center justify-center gap-2 rounded-md text-sm font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      look: {
        main: 'bg-accent text-on-accent hover:opacity-90',
        plain: 'border border-edge bg-panel text-ink hover:bg-sunken',
        quiet: 'text-ink hover:bg-sunken',
        danger: 'border border-bad bg-panel text-bad hover:bg-bad-soft',
        link: 'text-accent underline underline-offset-3 hover:no-underline',
      },
      // At least 24 px high (WCAG 2.5.8); `big` for the one thing a page is for.
      size: {
        small: 'h-8 px-2.5',
        normal: 'h-9 px-3.5',
        big: 'h-11 px-5 text-base',
        icon: 'size-9',
        text: 'h-auto p-0',
      },
    },
    defaultVariants: { look: 'plain', size: 'normal' },
  },
);

/** `asChild` gives its looks to the one child, e.g. a link. */
export function Button({
  look,
  size,
  asChild = false,
  className,
  ...props
}: ComponentProps<'button'> & VariantProps<typeof button> & { readonly asChild?: boolean }) {
  const Element = asChild ? Slot.Root : 'button';
  const type = asChild ? {} : { type: props.type ?? ('button' as const) };
  return <Element {...props} {...type} className={classes(button({ look, size }), className)} />;
}
