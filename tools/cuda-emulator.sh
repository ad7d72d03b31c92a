#!/usr/bin/env bash
# Builds the emulated CUDA driver, on which tests run the GPU's PTX where there is no card: a libcuda.so.1 of our own, whose
# device is an interpreter. Any program takes it with LD_LIBRARY_PATH set to the folder.
#   tools/cuda-emulator.sh [FOLDER]      default: Tests/CudaEmulator/bin/native
# Needs gcc and the C library's headers beside the SDK. Does nothing where the library is newer than its sources.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
sources=Tests/CudaEmulator
folder=$(realpath -m "${1:-$sources/bin/native}")
library=$folder/libcuda.so.1

if [ -f "$library" ] && [ -z "$(find "$sources" Directory.Build.props global.json \
  \( -name bin -o -name obj \) -prune -o -type f -newer "$library" -print -quit)" ]; then
  echo "$library is up to date"
  exit 0
fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "The emulated CUDA driver is for Linux on x86-64; this is $(uname -sm)." >&2
  exit 1
fi
if ! command -v gcc >/dev/null || ! echo 'int main(void){return 0;}' | gcc -x c -o /dev/null - 2>/dev/null; then
  echo "The emulated CUDA driver needs gcc and the C library's headers to link (on Debian: gcc libc6-dev)." >&2
  exit 1
fi

# Apart from the ordinary build, whose folders know of no compiler ahead of time.
dotnet publish "$sources" -c Release -r linux-x64 -p:PublishAot=true -p:NativeLib=Shared -p:CppCompilerAndLinker=gcc \
  -p:RunAnalyzers=false -p:GenerateDocumentationFile=false --artifacts-path "$sources/bin/aot" -o "$sources/bin/aot/out" \
  --nologo -v quiet
mkdir -p "$folder"
cp "$sources/bin/aot/out/NetViz.CudaEmulator.so" "$library.new"
mv "$library.new" "$library" # at once, since a process may be loading it
echo "$library: $(($(stat -c %s "$library") / 1000)) kB"
