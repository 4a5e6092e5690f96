#!/usr/bin/env bash
# Any English corpus with the default config, 18 times through.
#   benchmarks/english.sh NAME TRAIN DEV FORMAT ENCODER [OPTIONS OF SPACY TRAIN]
set -euo pipefail
cd "$(dirname "$0")/.."
name="$1" train="$2" dev="$3" format="$4" encoder="$5" options=("${@:6}")
python -m spacy spo convert "$train" "corpus/$name/train.spacy" --lang en --format "$format"
python -m spacy spo convert "$dev" "corpus/$name/dev.spacy" --lang en --format "$format"
epoch=$(python benchmarks/batches.py configs/en_minilm.cfg "corpus/$name/train.spacy")
steps=$((18 * epoch))
time python -m spacy train configs/en_minilm.cfg --output "training/$name" \
    --paths.train "corpus/$name/train.spacy" --paths.dev "corpus/$name/dev.spacy" \
    --paths.encoder "$encoder" --components.transformer.model.precision bfloat16 \
    --training.max_steps "$steps" --training.eval_frequency $((3 * epoch)) \
    --training.optimizer.learn_rate.total_steps "$steps" "${options[@]}"
python -m spacy spo evaluate "training/$name/model-best" "corpus/$name/dev.spacy"
