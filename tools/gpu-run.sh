#!/usr/bin/env bash
# Checks and measures NetViz on this machine's GPU. Needs its driver, and neither .NET nor a network; PyTorch is measured beside
# it where python3 has torch.
#   run.sh [--opencl | --device cuda:1] [--small] [--forms] [--tests NAME] [--skip-tests] [--skip-bench]
#     --opencl      the first OpenCL device instead of the first CUDA device
#     --small       a network of 32x32 pixels and 8 channels at batch 1 and 2, to try the way on a processor
#     --forms       measures each form of a convolution and of a product too (many minutes)
#     --tests NAME  only the tests whose full name contains NAME
# Tests of networks that the bundle does not hold are skipped, unless $NETVIZ_DATA names the folder that does.
# Ends with 0; 1 where a test or a measurement failed; 2 where there is no such device.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/bin
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}" DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

device=cuda; names=""; tests=yes; bench=yes; forms=no; size=()
while [ $# -gt 0 ]; do
  case $1 in
    --opencl) device=opencl ;;
    --device) device=${2:?--device needs a name}; shift ;;
    --small) size=(--size 32 --channels 8 --hidden 64 --batch 1,2 --seconds 1) ;;
    --forms) forms=yes ;;
    --tests) names=${2:?--tests needs a name}; shift ;;
    --skip-tests) tests=no ;;
    --skip-bench) bench=no ;;
    *) sed -n '2,/^set/p' "$here/run.sh" | sed '$d; s/^# \{0,1\}//'; exit 64 ;;
  esac
  shift
done

echo "== devices"
"$bin/netviz" devices
"$bin/NetViz.Benchmarks" peaks --device "$device" || exit 2

status=0
platform=${device%%:*}
if [ "$tests" = yes ]; then
  echo "== tests of category Gpu on $platform"
  [ "$platform" = cuda ] && other=opencl || other=cuda
  for room in Kernels Engine Analysis Training Networks; do
    # Exit code 8: the project has no test of that name.
    "$bin/NetViz.Tests.$room" --progress off --ignore-exit-code 8 \
      --filter "TestCategory=Gpu&TestCategory!=$other${names:+&FullyQualifiedName~$names}" || status=1
  done
fi
if [ "$bench" = yes ]; then
  echo "== VGG-16 with random weights"
  "$bin/NetViz.Benchmarks" gpu --device "$device" "${size[@]}" || status=1
fi
if [ "$forms" = yes ]; then
  echo "== forms of convolutions and products"
  NETVIZ_BENCH_DEVICE=$platform "$bin/NetViz.Benchmarks" --filter '*Gpu*' --artifacts "$here/forms" || status=1
fi
exit "$status"
