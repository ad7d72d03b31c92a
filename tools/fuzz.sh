#!/usr/bin/env bash
# Mutates models, pictures, .npy files, side-cars, labels, rules, catalogues, tables, archives and journals and runs them: no crash, no hang over 5 s, at most 1 GB of memory, refusals in words.
#   tools/fuzz.sh [models] [files] [seed] [documents]   default: 100000 models, 20000 pictures and arrays, seed 1, 20000 texts
# A failing case is kept in fuzz-failures/ and told by its index; the same seed and index make the same file again:
#   dotnet run -c Release --project tools/Fuzz -- --seed SEED --first INDEX --models 1 --files 0 --documents 0
# NETVIZ_DATA names the shared data if it is not at ../shared/data; without it there are fewer models to start from.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release tools/Fuzz --nologo -v quiet
exec dotnet tools/Fuzz/bin/Release/net10.0/NetViz.Fuzz.dll \
  --models "${1:-100000}" --files "${2:-20000}" --seed "${3:-1}" --documents "${4:-20000}" --data "${NETVIZ_DATA:-../shared/data}"
