#!/usr/bin/env bash
# Runs command lines over all commands and several networks and keeps every file and output, so that two versions can be compared:
#   tools/record-commands.sh NETVIZ.dll FOLDER [old]     `old` takes the names that commands had before
#   diff -r FOLDER-A FOLDER-B
set -uo pipefail
dll=$(realpath "$1"); out=$2; mkdir -p "$out"; out=$(realpath "$out")
here=$(realpath "$(dirname "$0")/..")
data=$(realpath "${NETVIZ_DATA:-$here/../shared/data}")
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$data/models/squeezenet1.0.onnx" "$data/models/tinyvgg-10.onnx" "$data/models/mnist-8.onnx" .
mkdir pictures; cp "$(ls "$data"/imagenet/*.JPEG | sed -n 40p)" a.jpg; cp "$(ls "$data"/imagenet/*.JPEG | sed -n 90p)" b.jpg
cp a.jpg b.jpg pictures/
mkdir set; tar xzf "$data/tiny-imagenet-50.tar.gz" -C set
ln -s "$data/tiny-imagenet-50.tar.gz" set.tar.gz
s="--model squeezenet1.0.onnx --preprocess caffe"
t="--model tinyvgg-10.onnx --preprocess torchvision"
n=0
try() {
  n=$((n + 1)); id=$(printf '%02d-%s' $n "$1"); mkdir -p "$out/$id"
  dotnet "$dll" "$@" >"$out/$id/stdout" 2>"$out/$id/stderr" </dev/null
  echo "exit $?" >>"$out/$id/stdout"
  echo "$*" >"$out/$id/command"
  if [ -d o ]; then cp -r o "$out/$id/files"; rm -rf o; fi
  echo "$id"
}
try saliency a.jpg --output o
try saliency a.jpg --output o --json --map smoothgrad --map input-x-gradient --map integrated-gradients --map occlusion --samples 4 --steps 8 --square 16,16
try saliency pictures --output o $s --json
try saliency b.jpg --output o $t --ledger --reduce signed
try saliency a.jpg --output o --crops 10 --rule "deconvnet,relu3_1=gradient"
try saliency a.jpg --output o --at pool2
try classify a.jpg
try classify pictures --json $s
try classify a.jpg $t
try class-model --output o --class orange --steps 10 --json
try class-model --output o --class goldfish --preset paper --steps 5 $s --lambda 0.01
try localise a.jpg --output o
try localise b.jpg --output o $s --json
try localise b.jpg --output o --method threshold --smoothing 0.05
try reconstruct a.jpg --output o --layer relu5_1
try reconstruct a.jpg --output o $s --top 2 --json
try activations a.jpg --output o --layer relu2_1 --unit 3,4,5
try activations a.jpg --output o $s --json
try filters --output o
try filters --output o $s --json
try prove a.jpg --output o
try prove a.jpg $s --json --output o
try prove a.jpg $t
try parting a.jpg --output o
try parting b.jpg $s --output o --json
try telescope a.jpg --output o
try telescope a.jpg $t --output o --json
try radius a.jpg --output o
try radius a.jpg $t --along gradient --json
try trace a.jpg --at data --element 1,30,40
try trace a.jpg --at relu3_1 --element 1,3,4 --forward --json
try trace a.jpg $t --element 5
try step a.jpg --script "down*3 d q" --width 80 --height 24
try step a.jpg $s --json
try switches all a.jpg --with b.jpg --output o
try switches random a.jpg --output o --json
try report a.jpg --output o/r.html
try report a.jpg --output o/r.html $t
try evaluate --data set.tar.gz --metric accuracy --json
try evaluate --data set.tar.gz --metric pointing-game --pictures 20
try evaluate --data set.tar.gz --metric localisation --pictures 10 --json
try evaluate --data set.tar.gz --metric deletion --pictures 5
try evaluate --data set.tar.gz --metric randomisation --pictures 3 --json
try evaluate --data set.tar.gz --metric sparseness --pictures 8
try info
try info $s --json
try info $t
try devices
try export --output o/x.onnx
try export --output o/x.onnx $s --storage float16
try samples orange --output o
try models list
try models list --json
try train --data set --output o/n.onnx --epochs 1 --width 4 --held-out 10 --quiet
try nothing
try saliency
try saliency missing.png
try trace a.jpg --at nowhere
try --version
