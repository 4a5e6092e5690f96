#!/usr/bin/env bash
# WebNLG with a small pretrained English transformer.
#   benchmarks/webnlg.sh FOLDER_WITH_TRAIN_AND_DEV_JSON ENCODER [OPTIONS OF SPACY TRAIN]
set -euo pipefail
cd "$(dirname "$0")/.."
data="$1" encoder="$2" options="${*:3}"
time python -m spacy project run webnlg . --vars.webnlg_data "$data" \
    --vars.webnlg_encoder "$encoder" --vars.train_options " $options"
python benchmarks/raw_score.py training/webnlg/model-best "$data/dev.json"
