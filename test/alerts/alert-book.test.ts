import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Alert,
  applyRules,
  type BookOptions,
  emptyBook,
  raise,
  resolve,
} from '../../src/alerts/alert-book.ts';

const minute = 60_000;
const at = (minutes: number): BookOptions => ({
  now: Date.UTC(2026, 2, 10, 12) + minutes * minute,
  channels: ['webhook'],
  repeatMs: 60 * minute,
  calmMs: 2 * minute,
});
const alert = (changes: Partial<Alert> = {}): Alert => ({
  key: 'lag',
  title: 'Behind',
  detail: '',
  severity: 'warning',
  since: '2026-03-10T11:00:00.000Z',
  runbook: 'lag-grows',
  origin: 'rule',
  ...changes,
});
const kinds = (book: { notices: { kind: string }[] }) => book.notices.map(({ kind }) => kind);

test('the same key is news once, when it gets worse, and after a long time', () => {
  let book = raise(emptyBook, alert(), at(0));
  book = raise(book, alert({ since: '2026-03-10T11:30:00.000Z' }), at(1));
  assert.deepEqual(kinds(book), ['raised']);
  assert.equal(book.firing[0]?.since, '2026-03-10T11:00:00.000Z');
  book = raise(book, alert({ severity: 'critical' }), at(2));
  book = raise(book, alert({ severity: 'critical' }), at(61));
  book = raise(book, alert({ severity: 'critical' }), at(62));
  assert.deepEqual(kinds(book), ['raised', 'worse', 'reminder']);
});

test("a rule's alert is over when the rule was silent for a while; what flutters is one alert", () => {
  let book = applyRules(emptyBook, [alert()], at(0));
  book = applyRules(book, [], at(1));
  book = applyRules(book, [alert()], at(2));
  book = applyRules(book, [], at(3));
  book = applyRules(book, [], at(4));
  assert.deepEqual(kinds(book), ['raised']);
  book = applyRules(book, [], at(5));
  assert.deepEqual(kinds(book), ['raised', 'resolved']);
  assert.equal(book.resolved[0]?.resolved_at, new Date(at(5).now).toISOString());
});

test('rules do not resolve what a command raised, and without channels nothing waits', () => {
  const options = { ...at(0), channels: [] };
  let book = raise(emptyBook, alert({ origin: 'call' }), options);
  book = applyRules(applyRules(book, [], at(1)), [], at(9));
  assert.equal(book.firing.length, 1);
  assert.deepEqual(book.notices, []);
  assert.equal(resolve(book, 'other', at(10)), book);
});
