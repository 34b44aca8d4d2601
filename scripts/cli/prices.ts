/** `tollgate prices …` */
import { deletePrice } from '@/lib/account/delete-price';
import { listPrices } from '@/lib/account/list-prices';
import { setPrice } from '@/lib/account/set-price';
import { command, type Command } from './command';
import { card, list, usd } from './output';

export const PRICE_COMMANDS: readonly Command[] = [
  command({
    name: 'prices list',
    summary: 'List price overrides, in dollars per million tokens',
    positionals: ['model'],
    flags: { model: { kind: 'text', help: 'only this model' } },
    examples: ['prices list', 'prices list my-model --json'],
    run: listPrices,
    show: (page) =>
      list(page, {
        model: (price) => price.model,
        from: (price) => price.effective_from,
        input: (price) => usd(price.input),
        output: (price) => usd(price.output),
        'cache read': (price) => usd(price.cache_read),
        '5m write': (price) => usd(price.cache_write_5m),
        '1h write': (price) => usd(price.cache_write_1h),
        tiers: (price) => price.tiers.length,
        problem: (price) => price.problem,
      }),
  }),
  command({
    name: 'prices set',
    summary: 'Set what a model costs, in nano-USD per million tokens ($3 is 3000000000)',
    positionals: ['model'],
    required: 1,
    flags: {
      effective_from: { kind: 'text', help: 'first UTC day it holds (today)' },
      input: { kind: 'integer', help: 'uncached input' },
      output: { kind: 'integer', help: 'output, reasoning included' },
      cache_read: { kind: 'integer', help: 'cache reads (as input)' },
      cache_write_5m: { kind: 'integer', help: 'cache writes kept 5 minutes (as input)' },
      cache_write_1h: { kind: 'integer', help: 'cache writes kept an hour (as input)' },
      web_search: { kind: 'integer', help: 'nano-USD a web search (0)' },
      tiers: { kind: 'json', help: 'long-context tiers, [{"above_prompt_tokens":…,"input":…,"output":…}]' },
    },
    examples: ['prices set my-model --input 3000000000 --output 15000000000 --cache-read 300000000'],
    run: setPrice,
    show: card,
  }),
  command({
    name: 'prices delete',
    summary: 'Delete a price override',
    positionals: ['model', 'effective_from'],
    required: 2,
    examples: ['prices delete my-model 2026-11-21'],
    run: deletePrice,
    show: card,
  }),
];
