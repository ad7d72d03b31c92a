#!/usr/bin/env bash
# Publishes what measures and checks a GPU into one file: netviz, the tests of kernels and engine, the benchmarks and the .NET
# runtime that they share, for linux-x64. On the machine with the card nothing is needed but its driver:
#   tar xf netviz-gpu-linux-x64.tar.xz && netviz-gpu/run.sh
#   tools/gpu-bundle.sh [FILE]      default: Benchmarks/bin/netviz-gpu-linux-x64.tar.xz
# $NETVIZ_BUNDLE_BUILD names a folder that keeps the build between calls. Nothing is trimmed or compiled ahead: ILGPU reads the
# methods' IL at run time.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
archive=$(realpath -m "${1:-Benchmarks/bin/netviz-gpu-linux-x64.tar.xz}")
mkdir -p "$(dirname "$archive")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/netviz-gpu

# Into one folder: one runtime, and each assembly once. The build's own folders stay apart from those of the plain build.
for project in Cli Tests/{Kernels,Engine,Analysis,Training,Networks} Benchmarks; do
  dotnet publish "$project" -c Release -r linux-x64 --self-contained -p:GpuBundle=true -p:RunAnalyzers=false \
    -p:GenerateDocumentationFile=false -p:DebugType=embedded -p:PathMap="$PWD/=/" \
    --artifacts-path "${NETVIZ_BUNDLE_BUILD:-$work/build}" -o "$bundle/bin" --nologo -v quiet
done

# What only debuggers, profilers and disassemblers load.
(cd "$bundle/bin" && rm -rf amd64 arm64 x86 ./*.xml createdump libmscord*.so libclrgc*.so libcoreclrtraceptprovider.so \
  libcapstone.so Microsoft.Diagnostics.Tracing.TraceEvent.dll Microsoft.VisualBasic.Core.dll)

# The files of the repository that tests of kernels and engine read.
cp NetViz.sln "$bundle/"
git ls-files -z Tests/Fixtures docs/images/orange.png | xargs -0 cp --parents -t "$bundle"
cp tools/gpu-run.sh "$bundle/run.sh"
cp LICENSE THIRD-PARTY-NOTICES.md "$bundle/"
chmod +x "$bundle/run.sh"

du -sb "$bundle"/* | sort -n
tar -C "$work" --owner=0 --group=0 --sort=name -cf - netviz-gpu | xz -6 -T0 >"$archive"
bytes=$(stat -c %s "$archive")
echo "$archive: $((bytes / 1000)) kB"
if [ "$bytes" -ge 50000000 ]; then
  echo "The bundle has to stay under 50 MB." >&2
  exit 1
fi
