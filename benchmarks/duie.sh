#!/usr/bin/env bash
# DuIE 2.0 with an encoder made and pretrained from its own texts: no download, no GPU.
#   benchmarks/duie.sh FOLDER_WITH_TRAIN_AND_DEV_JSONL UNLABELLED.jsonl
set -euo pipefail
cd "$(dirname "$0")/.."
data="$1" unlabelled="$2"
time python -m spacy spo make-encoder encoder/duie \
    --texts "$data/train.jsonl" --texts "$unlabelled" \
    --hidden-size 192 --layers 3 --heads 6 --intermediate-size 768 --dropout 0 \
    --mlm-steps 4500 --learn-rate 0.002
time python -m spacy project run corpus . --vars.config zh_small --vars.encoder encoder/duie \
    --vars.corpus_train "$data/train.jsonl" --vars.corpus_dev "$data/dev.jsonl"
python benchmarks/raw_score.py training/duie/tuned "$data/dev.jsonl"
python benchmarks/overlaps.py training/duie/tuned corpus/duie/dev.spacy
python benchmarks/overlaps.py training/duie/tuned corpus/duie/dev.spacy --join 3
python benchmarks/official_scores.py training/duie/tuned corpus/duie/dev.spacy
