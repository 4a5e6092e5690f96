#!/usr/bin/env bash
# DuIE 2.0 with an encoder made and pretrained from its own texts: no download, no GPU.
#   benchmarks/duie_tiny.sh FOLDER_WITH_TRAIN_AND_DEV_JSONL UNLABELLED.jsonl [OPTIONS OF SPACY TRAIN]
set -euo pipefail
cd "$(dirname "$0")/.."
data="$1" unlabelled="$2" options=("${@:3}")
for split in train dev; do
    python -m spacy spo convert "$data/$split.jsonl" "corpus/duie_tiny/$split.spacy" \
        --lang zh --format duie2 --max-loss 0.01
done
time python -m spacy spo make-encoder encoder/duie_tiny \
    --texts "$data/train.jsonl" --texts "$unlabelled" \
    --hidden-size 192 --layers 3 --heads 4 --intermediate-size 768 --mlm-steps 2000
time python -m spacy train configs/zh_tiny.cfg --output training/duie_tiny \
    --paths.train corpus/duie_tiny/train.spacy --paths.dev corpus/duie_tiny/dev.spacy \
    --paths.encoder encoder/duie_tiny --training.batcher.size 32 --training.max_steps 975 \
    --training.eval_frequency 325 --training.optimizer.learn_rate.total_steps 975 "${options[@]}"
python -m spacy evaluate training/duie_tiny/model-best corpus/duie_tiny/dev.spacy \
    --output metrics/duie_tiny_dev.json
python -m spacy spo report metrics/duie_tiny_dev.json
python benchmarks/raw_score.py training/duie_tiny/model-best "$data/dev.jsonl"
