/** What operators type into forms and addresses, and the files they get. */
import { describe, expect, it } from 'vitest';
import { csvOf } from '@/app/admin/csv';
import { dollarsOf, failedState, inDollars, linesOf, wholeNumberOf } from '@/app/admin/form-answers';
import { asked, customerIn, customerPath, href, pick } from '@/app/admin/query';
import { InputError } from '@/lib/account/input';
import { GatewayError } from '@/lib/domain/errors';

describe('figures as people write them', () => {
  it('whole numbers may be grouped; nothing is none, and nonsense is left for the verb to refuse', () => {
    expect(['1000000', '1,000,000', ' 1 000 000', '1_000'].map(wholeNumberOf)).toEqual([
      1e6, 1e6, 1e6, 1_000,
    ]);
    expect(['', ' ', undefined].map(wholeNumberOf)).toEqual([null, null, null]);
    expect(['1.5', '-3', 'ten'].map(wholeNumberOf)).toEqual(['1.5', '-3', 'ten']);
  });

  it('dollars become cents or nano-dollars to the last digit, and never lose one', () => {
    expect(['20', '20.5', '$1,234.56', '0'].map((text) => dollarsOf(text, 2))).toEqual([
      2_000, 2_050, 123_456, 0,
    ]);
    expect(dollarsOf('0.3', 9)).toBe(300_000_000);
    expect(dollarsOf('0.000000001', 9)).toBe(1);
    expect(['20.555', '-1', '1e3', 'x'].map((text) => dollarsOf(text, 2))).toEqual([
      '20.555',
      '-1',
      '1e3',
      'x',
    ]);
    expect(dollarsOf('', 2)).toBeNull();
  });

  it('lists are lines or stand between commas; an empty one narrows nothing', () => {
    expect(linesOf('a\n b , c\n\n')).toEqual(['a', 'b', 'c']);
    expect(linesOf(' \n')).toBeNull();
  });
});

describe('a refused form', () => {
  it('keeps what was typed and puts complaints to their fields', () => {
    const error = new InputError([{ field: 'models.0', message: 'is empty' }]);
    expect(failedState(error, { models: ',' })).toEqual({
      done: null,
      problem: 'Nothing was changed. See below.',
      fields: { models: 'is empty' },
      values: { models: ',' },
      secret: null,
    });
  });

  it('speaks of dollars where dollars were typed', () => {
    const error = new InputError([
      { field: 'price_cents', message: 'must be a whole number' },
      { field: 'plan', message: 'must not be empty' },
    ]);
    expect(inDollars(failedState(error, { price_cents: '1.999', plan: '' }), ['price_cents']).fields).toEqual(
      {
        price_cents: 'must be an amount in dollars, such as 20 or 0.25',
        plan: 'must not be empty',
      },
    );
  });

  it('says what no field of it is to blame for', () => {
    const error = new InputError([{ field: 'cursor', message: 'is old' }]);
    expect(failedState(error, {}).problem).toBe('cursor is old');
    expect(failedState(new GatewayError('conflict', 'It is there.'), {}).problem).toBe('It is there.');
    expect(() => failedState(new Error('down'), {})).toThrow('down');
  });
});

describe('addresses', () => {
  it('leave out what is not asked for', () => {
    expect(pick({ a: '1', b: ' ', c: ['x', 'y'], d: '2' }, ['a', 'b', 'c'])).toEqual({ a: '1', c: 'x' });
    expect(href('/admin', { a: 'x y', b: undefined })).toBe('/admin?a=x+y');
    expect(href('/admin', {})).toBe('/admin');
  });

  it('name every customer, whatever the id, and never the page of new ones', () => {
    for (const id of ['acme', 'new', 'auth0|1', 'a@b.test', 'urn:x:1', '100%', 'ä/b']) {
      const path = customerPath(id);
      expect(path).not.toBe('/admin/customers/new');
      expect(customerIn(path.slice('/admin/customers/'.length))).toBe(id);
    }
  });

  it('that ask for nonsense are told apart from a failure', async () => {
    const refused = asked(Promise.reject(new InputError([{ field: 'month', message: 'is none' }])));
    expect(await refused).toEqual({ value: null, problem: 'month: is none' });
    await expect(asked(Promise.reject(new GatewayError('store_unavailable', 'away')))).rejects.toThrow(
      'away',
    );
  });
});

it('a file has dollars beside nano-dollars, a byte-order mark, and no formula that runs', () => {
  const rows = [
    { name: '=1+1', cost_nano_usd: 1_234_567_890, suspended: false },
    { name: 'b, "c"', cost_nano_usd: null, suspended: true },
  ];
  expect(csvOf(rows, ['name', 'suspended', 'cost_nano_usd'])).toBe(
    '\uFEFFname,suspended,cost_nano_usd,cost_usd\n\'=1+1,false,1234567890,1.234567890\n"b, ""c""",true,,\n',
  );
});
