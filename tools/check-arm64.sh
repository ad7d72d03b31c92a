#!/usr/bin/env bash
# Publishes netviz for linux-arm64 and runs it in an emulation of that processor: a saliency map has the same bytes as on x64 where the
# kernels are told to take vectors of 128 bits (NETVIZ_VECTOR_BITS). Needs qemu-aarch64-static (Debian: qemu-user-static).
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet publish Cli -c Release -r linux-arm64 --self-contained -o "$work/arm64" --nologo -v quiet -p:RunAnalyzers=false -p:NuGetAudit=false
map=(saliency sample:orange --rule gradient,guided --device cpu --quiet)
# The libraries of that processor come from the publish; the system's own (libc) from Debian's cross packages, if any are there.
qemu-aarch64-static -L "${QEMU_LD_PREFIX:-/usr/aarch64-linux-gnu}" "$work/arm64/netviz" "${map[@]}" --output "$work/there"
NETVIZ_VECTOR_BITS=128 dotnet Cli/bin/Release/net10.0/netviz.dll "${map[@]}" --output "$work/here"
compared=0
for file in "$work"/here/*.npy; do
  cmp "$file" "$work/there/$(basename "$file")"
  compared=$((compared + 1))
done
[ "$compared" -gt 0 ]
echo "$compared signals have the same bytes on arm64"
