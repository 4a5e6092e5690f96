#!/usr/bin/env bash
# Any corpus with a shipped config: converted, trained on, tuned and evaluated.
#   benchmarks/corpus.sh CONFIG EPOCHS NAME TRAIN DEV FORMAT ENCODER [OPTIONS OF SPACY TRAIN]
# CONFIG is the name of a file in configs/, FORMAT one that `spacy spo convert` reads. EPOCHS: so many
# times the batches of the corpus, counted without joined texts, or - for the steps of the config.
set -euo pipefail
cd "$(dirname "$0")/.."
config="configs/$1.cfg" lang="${1:0:2}" epochs="$2" name="$3" train="$4" dev="$5" format="$6" encoder="$7"
options=("${@:8}")
python -m spacy spo convert "$train" "corpus/$name/train.spacy" --lang "$lang" --format "$format"
python -m spacy spo convert "$dev" "corpus/$name/dev.spacy" --lang "$lang" --format "$format"
steps=()
if [ "$epochs" != - ]; then
    epoch=$(python benchmarks/batches.py "$config" "corpus/$name/train.spacy")
    steps=(--training.max_steps $((epochs * epoch)) --training.eval_frequency "$epoch"
        --training.optimizer.learn_rate.total_steps $((epochs * epoch)))
fi
time python -m spacy train "$config" --output "training/$name" \
    --paths.train "corpus/$name/train.spacy" --paths.dev "corpus/$name/dev.spacy" \
    --paths.encoder "$encoder" "${steps[@]}" "${options[@]}"
python -m spacy spo tune "training/$name/model-best" "corpus/$name/dev.spacy" "training/$name/tuned"
python -m spacy spo evaluate "training/$name/tuned" "corpus/$name/dev.spacy"
