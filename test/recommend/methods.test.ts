import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitAls } from '../../src/recommend/als.ts';
import { additions, atMost, cellsToCompare } from '../../src/recommend/comparisons.ts';
import { type CsrMatrix, rowsFrom, transpose } from '../../src/recommend/csr-matrix.ts';
import { fitEase } from '../../src/recommend/ease.ts';
import { lowest } from '../../src/recommend/folded-in.ts';
import { type Method, toInteractions } from '../../src/recommend/index.ts';
import { recommenderOf } from '../../src/recommend/item-model.ts';
import { fitBm25, fitCosine, fitRp3Beta } from '../../src/recommend/item-neighbours.ts';
import { fitMethod } from '../../src/recommend/methods.ts';
import { findReasons, reasonsBy } from '../../src/recommend/reasons.ts';
import { invertSymmetric } from '../../src/recommend/symmetric-inverse.ts';
import { rankUnseen } from '../../src/recommend/top-items.ts';
import { weigh } from '../../src/recommend/weighting.ts';
import { assertClose, madeUpPlays, scoresOf } from './made-up-plays.ts';

function dense(matrix: CsrMatrix): number[][] {
  return Array.from({ length: matrix.rows }, (_, row) => {
    const cells = new Array<number>(matrix.columns).fill(0);
    for (let at = matrix.starts[row]!; at < matrix.starts[row + 1]!; at += 1) {
      cells[matrix.indices[at]!] = matrix.values[at]!;
    }
    return cells;
  });
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);
/** Models of items are kept in single precision. */
const single = 1e-6;
const columnsOf = (matrix: CsrMatrix) => dense(transpose(matrix));

test('a symmetric matrix times its inverse is the identity, at sizes around the blocks', () => {
  for (const n of [1, 2, 5, 63, 64, 65, 131]) {
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => Math.sin(1 + i * j) + Math.cos(i + j * 0.7)),
    );
    const matrix = new Float64Array(n * n);
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        matrix[i * n + j] = dot(a, b) + (i === j ? 1 : 0);
      });
    });
    const inverse = matrix.slice();
    invertSymmetric(inverse, n);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < n; j += 1) {
        let sum = 0;
        for (let k = 0; k < n; k += 1) sum += matrix[i * n + k]! * inverse[k * n + j]!;
        assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-9, `n ${n}, ${i}, ${j}: ${sum}`);
      }
    }
  }
});

test('EASE by users gives the ranking scores of the definition, with and without growth', () => {
  const { matrix } = madeUpPlays({ users: 20, items: 60 });
  assert.ok(matrix.rows < matrix.columns);
  for (const growth of [0, 0.5]) {
    const weighted = weigh(matrix, 'normalised');
    const columns = columnsOf(weighted);
    const squares = columns.map((column) => dot(column, column));
    const total = squares.reduce((sum, value) => sum + value, 0);
    const grown = squares.map((value) => value ** growth);
    const penalties = grown.map(
      (value) => ((value / (dot(grown, squares) / total)) * 1.5 * total) / matrix.rows,
    );
    const n = matrix.columns;
    const inverse = new Float64Array(n * n);
    columns.forEach((a, i) => {
      columns.forEach((b, j) => {
        inverse[i * n + j] = dot(a, b) + (i === j ? penalties[i]! : 0);
      });
    });
    invertSymmetric(inverse, n);
    const model = fitEase(matrix, { weighting: 'normalised', regularisation: 1.5, growth });
    dense(weighted).forEach((row, user) => {
      const scores = scoresOf(model, user, n);
      row.forEach((own, j) => {
        if (own > 0) return;
        const expected = row.reduce(
          (sum, value, i) => sum - (value * inverse[i * n + j]!) / inverse[j * n + j]!,
          0,
        );
        assertClose([scores[j]!], [expected]);
      });
    });
  }
});

test('EASE by items and by users agree', () => {
  const { matrix } = madeUpPlays({ users: 50, items: 30 });
  assert.ok(matrix.rows > matrix.columns);
  // Columns without cells make the same data wide, so that it is solved by users.
  const wide = { ...matrix, columns: 60 };
  const parameters = { weighting: 'log', regularisation: 1, growth: 0 } as const;
  const [byItems, byUsers] = [fitEase(matrix, parameters), fitEase(wide, parameters)];
  for (let user = 0; user < matrix.rows; user += 1) {
    const seen = dense(matrix)[user]!;
    const expected = scoresOf(byItems, user, matrix.columns);
    const actual = scoresOf(byUsers, user, wide.columns);
    const unseen = [...expected.keys()].filter((item) => seen[item] === 0);
    assertClose(
      unseen.map((item) => actual[item]!),
      unseen.map((item) => expected[item]!),
      single,
    );
  }
});

test('ALS settles, for short and for long rows, and knows what a listener plays', () => {
  const { matrix } = madeUpPlays({ users: 25, items: 40 });
  for (const factors of [2, 30]) {
    const parameters = {
      weighting: 'log',
      factors,
      alpha: 6,
      regularisation: 2,
      iterations: 300,
    } as const;
    const long = scoresOf(fitAls(matrix, parameters, 1), 3, matrix.columns);
    const longer = scoresOf(
      fitAls(matrix, { ...parameters, iterations: 600 }, 1),
      3,
      matrix.columns,
    );
    assertClose(long, longer, 0.05);
    const own = dense(matrix)[3]!;
    const mean = (pick: (item: number) => boolean) => {
      const chosen = [...long.keys()].filter(pick);
      return chosen.reduce((sum, item) => sum + long[item]!, 0) / chosen.length;
    };
    assert.ok(mean((item) => own[item]! > 0) > mean((item) => own[item] === 0));
  }
});

test('the short way and the long way to solve a row of ALS are the same', () => {
  const { matrix } = madeUpPlays({ users: 12, items: 30, each: 9 });
  const common = { weighting: 'binary', alpha: 5, regularisation: 1, iterations: 1 } as const;
  // Rows of up to nine: short for 12 factors. A copy whose rows are padded with cells of
  // weight 0 has the same solution and is solved the long way.
  const cells = dense(matrix);
  const starts = Int32Array.from({ length: 13 }, (_, row) => row * matrix.columns);
  const padded: CsrMatrix = {
    ...matrix,
    starts,
    indices: Int32Array.from({ length: 12 * matrix.columns }, (_, at) => at % matrix.columns),
    values: Float64Array.from(cells.flat()),
  };
  const short = fitAls(matrix, { ...common, factors: 12 }, 5);
  const long = fitAls(padded, { ...common, factors: 12 }, 5);
  for (let user = 0; user < 12; user += 1) {
    assertClose(scoresOf(long, user, matrix.columns), scoresOf(short, user, matrix.columns), 1e-6);
  }
});

test('who comes after the fit of ALS gets the vector that fits their plays best, by the vectors of the items', () => {
  const { matrix } = madeUpPlays({ users: 40, items: 30, each: 9 });
  for (const weighting of ['binary', 'log'] as const) {
    const parameters = { weighting, factors: 4, alpha: 6, regularisation: 2, iterations: 5 };
    const model = fitAls(matrix, parameters, 1).items;
    assert.ok(model.kind === 'factors' && model.vectors.length === 4 * matrix.columns);
    const vectors = Array.from({ length: matrix.columns }, (_, item) => [
      ...model.vectors.subarray(4 * item, 4 * item + 4),
    ]);
    // Short, long, nothing but what is disliked, and an item that came after the fit.
    const plays = [[2, 7], [0, 1, 5, 9, 11, 20], [], [3, matrix.columns]];
    const users: CsrMatrix = {
      rows: plays.length,
      columns: matrix.columns + 1,
      starts: Int32Array.of(0, 2, 8, 8, 10),
      indices: Int32Array.from(plays.flat()),
      values: Float64Array.of(3, 9, 1, 2, 3, 4, 0, 6, 5, 80),
    };
    const weights = dense(weigh(users, weighting));
    const folded = recommenderOf(model, users);
    plays.forEach((_, user) => {
      // The condition of the least: Σ over items of (confidence (x·y − preference) y) + λ x = 0.
      const scores = scoresOf(folded, user, users.columns);
      assert.equal(scores[matrix.columns], lowest);
      const own = leastSquares(vectors, weights[user]!, parameters);
      assertClose(
        scores.subarray(0, matrix.columns),
        vectors.map((vector) => dot(vector, own)),
        single,
      );
    });
  }
});

/** The normal equations as they are written, solved by elimination. */
function leastSquares(
  vectors: readonly number[][],
  weights: readonly number[],
  { alpha, regularisation }: { alpha: number; regularisation: number },
): number[] {
  const factors = vectors[0]!.length;
  const rows = Array.from({ length: factors }, (_, a) => {
    const left = Array.from({ length: factors }, (_, b) =>
      vectors.reduce(
        (sum, y, item) => sum + (weights[item]! > 0 ? alpha * weights[item]! : 1) * y[a]! * y[b]!,
        a === b ? regularisation : 0,
      ),
    );
    const right = vectors.reduce(
      (sum, y, item) => sum + (weights[item]! > 0 ? alpha * weights[item]! * y[a]! : 0),
      0,
    );
    return [...left, right];
  });
  for (let k = 0; k < factors; k += 1) {
    for (let row = 0; row < factors; row += 1) {
      if (row === k) continue;
      const share = rows[row]![k]! / rows[k]![k]!;
      rows[row] = rows[row]!.map((value, at) => value - share * rows[k]![at]!);
    }
  }
  return rows.map((row, k) => row[factors]! / row[k]!);
}

test('EASE by users scores who comes after the fit as the definition does, and its own users as before', () => {
  const { matrix } = madeUpPlays({ users: 20, items: 60 });
  const parameters = { weighting: 'log', regularisation: 1.5, growth: 0.5 } as const;
  const fitted = fitEase(matrix, parameters);
  assert.equal(fitted.items.kind, 'listeners');
  const kept = recommenderOf(fitted.items, matrix);
  // The same data tall, so that it is solved by items: users without plays change nothing but the mean of λ.
  const tall = {
    ...matrix,
    rows: 61,
    starts: Int32Array.from({ length: 62 }, (_, at) => matrix.starts[Math.min(at, 20)]!),
  };
  const byItems = fitEase(tall, { ...parameters, regularisation: (1.5 * 61) / 20 });
  assert.equal(byItems.items.kind, 'linear');
  const later: CsrMatrix = {
    rows: 2,
    columns: matrix.columns + 1,
    starts: Int32Array.of(0, 4, 4),
    indices: Int32Array.of(2, 5, 33, matrix.columns),
    values: Float64Array.of(3, 1, 12, 4),
  };
  const [a, b] = [fitted, byItems].map(({ items }) => recommenderOf(items, later));
  for (let user = 0; user < 2; user += 1) {
    const [own, expected] = [a!, b!].map((model) => scoresOf(model, user, later.columns));
    const unseen = [...own!.keys()].filter((item) => user === 1 || ![2, 5, 33].includes(item));
    assertClose(
      unseen.map((item) => own![item]!),
      unseen.map((item) => expected![item]!),
      2 * single,
    );
  }
  for (let user = 0; user < matrix.rows; user += 1) {
    const seen = dense(matrix)[user]!;
    const unseen = [...seen.keys()].filter((item) => seen[item] === 0);
    const [now, before] = [kept, fitted].map((model) => scoresOf(model, user, matrix.columns));
    assertClose(
      unseen.map((item) => now![item]!),
      unseen.map((item) => before![item]!),
      2 * single,
    );
  }
});

test('items that only one user has may be merged without a change to the others', () => {
  const rows = Array.from({ length: 40 }, (_, user) => [
    ...Array.from({ length: 60 }, (_, place) => (user * 26 + place) % 1040),
    // What nearly all play sets the one factor apart, so that there is one solution.
    ...Array.from({ length: 40 }, (_, place) => 3000 + place).filter((at) => at % 7 !== user % 7),
    ...Array.from({ length: user % 5 }, (_, place) => 2000 + user * 5 + place),
  ]);
  const { matrix } = toInteractions(
    rows.flatMap((own, user) =>
      // The logarithm of 1 + weight is 1: the same data, once merged and once not.
      own.map((item) => ({ user: `${user}`, item: `${item}`, weight: Math.E - 1 })),
    ),
  );
  const common = { factors: 1, alpha: 8, regularisation: 3, iterations: 200 } as const;
  const merged = fitAls(matrix, { ...common, weighting: 'binary' }, 1);
  const plain = fitAls(matrix, { ...common, weighting: 'log' }, 1);
  for (const user of [4, 17]) {
    const [a, b] = [merged, plain].map((model) => scoresOf(model, user, matrix.columns));
    assertClose(a!.subarray(0, 1000), b!.subarray(0, 1000), 0.02);
  }
});

test('cosine with shrinkage is the definition', () => {
  const { matrix } = madeUpPlays({ users: 15, items: 25 });
  const weighted = weigh(matrix, 'log');
  const columns = columnsOf(weighted);
  const length = columns.map((column) => Math.sqrt(dot(column, column)));
  const mean = length.reduce((sum, one) => sum + one ** 2, 0) / columns.length;
  const model = fitCosine(matrix, { weighting: 'log', shrinkage: 0.5, neighbours: 1000 });
  dense(weighted).forEach((row, user) => {
    const expected = columns.map((column, item) =>
      row.reduce(
        (sum, value, own) =>
          sum + (value * dot(columns[own]!, column)) / (length[own]! * length[item]! + 0.5 * mean),
        0,
      ),
    );
    assertClose(scoresOf(model, user, matrix.columns), expected, single);
  });
});

test('BM25 weighs as implicit does: items are documents, listeners their terms', () => {
  const { matrix } = madeUpPlays({ users: 15, items: 25 });
  const columns = columnsOf(weigh(matrix, 'log'));
  const plays = columns.map((column) => column.reduce((sum, value) => sum + value, 0));
  const mean = plays.reduce((sum, value) => sum + value, 0) / columns.length;
  const rows = dense(matrix);
  const weighted = columns.map((column, item) =>
    column.map((value, user) => {
      const rarity =
        Math.log(columns.length) - Math.log1p(rows[user]!.filter((cell) => cell > 0).length);
      return ((value * 2.2) / (1.2 * (0.25 + (0.75 * plays[item]!) / mean) + value)) * rarity;
    }),
  );
  const model = fitBm25(matrix, { weighting: 'log', k1: 1.2, b: 0.75, neighbours: 1000 });
  rows.forEach((row, user) => {
    const expected = weighted.map((column) =>
      row.reduce((sum, cell, own) => sum + (cell > 0 ? dot(weighted[own]!, column) : 0), 0),
    );
    assertClose(scoresOf(model, user, matrix.columns), expected, single);
  });
});

test('RP3beta is a walk of three steps, divided by popularity', () => {
  const { matrix } = madeUpPlays({ users: 15, items: 25 });
  const rows = dense(weigh(matrix, 'binary'));
  const listeners = columnsOf(weigh(matrix, 'binary')).map((column) => dot(column, column));
  const model = fitRp3Beta(matrix, { alpha: 0.8, beta: 0.4, neighbours: 1000 });
  rows.forEach((row, user) => {
    const expected = listeners.map((count, item) => {
      let sum = 0;
      row.forEach((own, first) => {
        for (const other of own === 0 ? [] : rows) {
          const size = dot(other, other);
          sum += (other[first]! / listeners[first]! ** 0.8) * (other[item]! / size ** 0.8);
        }
      });
      return sum / count ** 0.4;
    });
    assertClose(scoresOf(model, user, matrix.columns), expected, single);
  });
});

test('of heavy users so many cells are compared that the additions have a bound: those that weigh most', () => {
  const { matrix } = madeUpPlays({ users: 20, items: 40 });
  assert.equal(cellsToCompare(matrix), Number.POSITIVE_INFINITY);
  const limit = additions(matrix) / 3;
  const most = cellsToCompare(matrix, limit);
  assert.ok(additions(matrix, most) <= limit && additions(matrix, most + 1) > limit);
  const kept = atMost(matrix, most);
  assert.equal(additions(kept), additions(matrix, most));
  dense(matrix).forEach((row, user) => {
    const own = dense(kept)[user]!;
    const left = row.filter((value, item) => value > 0 && own[item] === 0);
    const least = Math.min(...own.filter((value) => value > 0));
    assert.ok(left.every((value) => value <= least));
  });
});

test('a model of items scores users whom it was not fitted on, and puts items that it lacks last', () => {
  const { matrix } = madeUpPlays({ users: 60, items: 30 });
  const later = { ...rowsFrom(matrix, 7, 2), columns: 33 };
  for (const method of itemMethods) {
    const model = fitMethod(matrix, method, 1);
    const other = recommenderOf(model.items!, later);
    for (const user of [0, 1]) {
      const scores = scoresOf(other, user, 33);
      assert.deepEqual(scores.subarray(0, 30), scoresOf(model, user + 7, 30), method.name);
      assert.ok(Math.min(...scores.subarray(0, 30)) > scores[30]!);
    }
  }
});

const itemMethods: Method[] = [
  { name: 'popularity' },
  { name: 'cosine', weighting: 'log', shrinkage: 1, neighbours: 10 },
  { name: 'bm25', weighting: 'log', k1: 0.6, b: 0.75, neighbours: 10 },
  { name: 'rp3beta', alpha: 0.8, beta: 0.3, neighbours: 10 },
  { name: 'ease', weighting: 'normalised', regularisation: 1, growth: 0 },
];

test("reasons by a model of all neighbours are those that everybody's plays give", () => {
  const { matrix } = madeUpPlays({ users: 40, items: 30 });
  const model = fitMethod(matrix, itemMethods[1]!, 1);
  const listeners = new Int32Array(matrix.rows * 3).map((_, at) => Math.floor(at / 3));
  const { items } = rankUnseen(model, matrix, 3);
  const plain = { ...matrix, values: matrix.values.map(() => 1) };
  const whole = fitMethod(
    plain,
    { name: 'cosine', weighting: 'binary', shrinkage: 0, neighbours: 30 },
    1,
  );
  const expected = findReasons(listeners, items, plain);
  const actual = reasonsBy([whole.items!], listeners, items, plain);
  const different = items.filter((_, at) => actual.because[at] !== expected.because[at]);
  // Equal ones may change places: sums are rounded otherwise.
  assert.ok(different.length <= items.length / 20, String(different.length));
  const none = { kind: 'popularity', counts: new Int32Array(30) } as const;
  assert.deepEqual(reasonsBy([none, whole.items!], listeners, items, plain), actual);
});
