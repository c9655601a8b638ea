"""The peer of bench/recommendations.ts: `implicit` on the same file. Prints one JSON line a method.

usage: recommendations-implicit.py train.tsv folder   (writes folder/implicit-<method>.tsv)
"""

import json
import sys
import time

import numpy
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from scipy.sparse import csr_matrix

train, folder = sys.argv[1:]
rows = [line.split("\t") for line in open(train, encoding="utf-8").read().split("\n")[1:] if line]
users = sorted({row[0] for row in rows})
items = sorted({row[1] for row in rows})
user_index = {user: index for index, user in enumerate(users)}
item_index = {item: index for index, item in enumerate(items)}
plays = csr_matrix(
    (
        numpy.array([float(row[2]) for row in rows]),
        ([user_index[row[0]] for row in rows], [item_index[row[1]] for row in rows]),
    ),
    shape=(len(users), len(items)),
)
log_plays = plays.copy()
log_plays.data = numpy.log1p(plays.data)
binary = plays.copy()
binary.data[:] = 1

methods = {
    "cosine": (CosineRecommender(K=500), log_plays, log_plays),
    "bm25": (BM25Recommender(K=200, K1=0.6, B=0.75), log_plays, binary),
    "als": (
        AlternatingLeastSquares(factors=128, alpha=20, regularization=100, random_state=1),
        binary,
        binary,
    ),
}
for name, (model, matrix, query) in methods.items():
    started, cpu = time.perf_counter(), time.process_time()
    model.fit(matrix, show_progress=False)
    ids, _ = model.recommend(numpy.arange(len(users)), query, N=20, filter_already_liked_items=True)
    figures = {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    with open(f"{folder}/implicit-{name}.tsv", "w", encoding="utf-8") as file:
        file.write("user\titem\trank\n")
        for row, user in enumerate(users):
            for rank, item in enumerate(ids[row]):
                if item >= 0:
                    file.write(f"{user}\t{items[item]}\t{rank + 1}\n")
    print(json.dumps({"name": name, **figures}), flush=True)
