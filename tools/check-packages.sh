#!/usr/bin/env bash
# Packs the libraries and the tool, and uses them as strangers do: outside the repository, from their packages alone.
#   tools/check-packages.sh [--all] [FOLDER]     default: a temporary folder, which is removed
#     --all  the tool's packages for every platform and self-contained publishes for four of them (many minutes of compilation);
#            without it this platform's package alone
# Ends with a table of sizes; 1 where something does not hold.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
all=no
if [ "${1:-}" = --all ]; then all=yes; shift; fi
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  work=$(realpath "$1")
else
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
packages=$work/packages
rm -rf "$packages"
mkdir -p "$packages"
quiet=(-c Release --nologo -v quiet -p:RunAnalyzers=false -p:NuGetAudit=false)
libraries=(Kernels Kernels/Gpu Engine Analysis Training Weights Visualisation Procedures)

fail() { echo "check-packages: $*" >&2; exit 1; }
holds() { unzip -Z1 "$1" | grep -xF "$2" >/dev/null || fail "$(basename "$1") lacks $2"; }

# A version of its own, so that no package of an earlier build is taken from a cache.
version=$(sed -nE 's/.*<Version>(.*)<\/Version>.*/\1/p' Directory.Build.props)
for project in "${libraries[@]}"; do
  dotnet pack "$project" "${quiet[@]}" -o "$packages"
done
for package in "$packages"/NetViz.*.nupkg; do
  for file in README.md LICENSE THIRD-PARTY-NOTICES.md; do holds "$package" "$file"; done
  unzip -p "$package" '*.nuspec' | grep '<description>Package Description<' >/dev/null && fail "$(basename "$package") has no description"
  [ -f "${package%.nupkg}.snupkg" ] || fail "$(basename "$package") has no symbols"
done
holds "$packages/NetViz.Weights.$version.nupkg" models/netviz-vgg.onnx
holds "$packages/NetViz.Weights.$version.nupkg" buildTransitive/NetViz.Weights.targets

# The tool: this platform's package, or all, and the one that points to them.
host=$(dotnet --info | sed -nE 's/^ *RID: *//p')
if [ "$all" = yes ]; then dotnet pack Cli "${quiet[@]}" -o "$packages"
else dotnet pack Cli "${quiet[@]}" -o "$packages" "-p:ToolPackageRuntimeIdentifiers=$host"
fi
for package in "$packages"/netviz.*-*.nupkg; do
  for file in README.md LICENSE THIRD-PARTY-NOTICES.md licences/ILGPU.txt licences/Skia-HarfBuzz.txt; do holds "$package" "$file"; done
  unzip -Z1 "$package" | grep '\.pdb$' >/dev/null && fail "$(basename "$package") holds symbols"
  [ "$(stat -c %s "$package")" -le 40000000 ] || fail "$(basename "$package") has more than 40 MB"
done

# From here on nothing of the repository: packages come from the folder, what they depend on from where it is already.
outside=$work/outside
rm -rf "$outside"
mkdir -p "$outside/readmes"
export NUGET_FALLBACK_PACKAGES="${NUGET_PACKAGES:-$HOME/.nuget/packages}" NUGET_PACKAGES=$work/cache
rm -rf "$NUGET_PACKAGES"
cat >"$outside/nuget.config" <<XML
<configuration>
  <packageSources>
    <add key="built" value="$packages" />
  </packageSources>
</configuration>
XML

# One program of all the readmes' examples.
for project in "${libraries[@]}"; do
  name=Readme_${project//\//_}
  sed -n '/^```csharp$/,/^```$/p' "$project/README.md" | sed '1d;$d' >"$work/example"
  [ -s "$work/example" ] || fail "$project/README.md has no example"
  {
    grep -E '^using [A-Za-z.]+;' "$work/example"
    echo "internal static class $name"
    echo '{'
    echo '    public static void Run()'
    echo '    {'
    grep -vE '^using [A-Za-z.]+;' "$work/example"
    echo '    }'
    echo '}'
  } >"$outside/readmes/$name.cs"
done
{
  echo 'foreach (string culture in (string[])["", "de-DE", "tr-TR"])'
  echo '{'
  echo '    try { System.Globalization.CultureInfo.CurrentCulture = new(culture); }'
  echo '    catch (System.Globalization.CultureNotFoundException) { continue; }'
  for project in "${libraries[@]}"; do echo "    Readme_${project//\//_}.Run();"; done
  echo '}'
} >"$outside/readmes/Program.cs"
cat >"$outside/readmes/Readmes.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="NetViz.Procedures" Version="$version" />
    <PackageReference Include="NetViz.Kernels.Gpu" Version="$version" />
  </ItemGroup>
</Project>
XML
(cd "$outside/readmes" && dotnet run -c Release) >"$work/readmes.txt" || { tail -n 20 "$work/readmes.txt"; fail "the readmes' examples fail"; }
[ -f "$outside"/readmes/bin/Release/net10.0/Models/netviz-vgg.onnx ] || fail "the default model does not reach its user"

# A program for the processor alone carries no ILGPU and no native library, and trims without a warning.
mkdir -p "$outside/processor"
sed "s/NetViz.Procedures/NetViz.Weights/; /Kernels.Gpu/d; s|<OutputType>|<PublishTrimmed>true</PublishTrimmed><TrimmerSingleWarn>false</TrimmerSingleWarn><TreatWarningsAsErrors>true</TreatWarningsAsErrors><OutputType>|" \
  "$outside/readmes/Readmes.csproj" >"$outside/processor/Processor.csproj"
{ cat "$outside/readmes/Readme_Weights.cs"; } >"$outside/processor/Readme_Weights.cs"
cat >"$outside/processor/Program.cs" <<'CS'
try
{
    NetViz.Engine.Execution.Device.Parse("cuda");
    return 1;
}
catch (NetViz.Engine.NetVizException e) when (e.Message.Contains("NetViz.Kernels.Gpu"))
{
    Readme_Weights.Run();
    return 0;
}
CS
(cd "$outside/processor" && dotnet publish -c Release -r "$host" -o "$work/processor" --nologo -v quiet) || fail "trimming warns"
ls "$work/processor" | grep -E 'ILGPU|SkiaSharp' >/dev/null && fail "a program for the processor carries ILGPU or SkiaSharp"
"$work/processor/Processor" || fail "the trimmed program fails"

# The tool, installed from its package into an empty folder and run there.
tool=$work/tool
rm -rf "$tool"
mkdir -p "$tool" "$work/empty"
(cd "$work/empty" && dotnet tool install netviz --version "$version" --tool-path "$tool" --source "$packages" >"$work/install.txt") \
  || { cat "$work/install.txt"; fail "the tool cannot be installed"; }
(cd "$work/empty" && "$tool/netviz" --version && "$tool/netviz" classify sample:orange) || fail "the installed tool fails"

if [ "$all" = yes ]; then
  unset NUGET_PACKAGES NUGET_FALLBACK_PACKAGES
  for rid in linux-x64 linux-arm64 win-x64 osx-arm64; do
    dotnet publish Cli "${quiet[@]}" -r "$rid" --self-contained -o "$work/publish/$rid"
    for file in Models/netviz-vgg.onnx netviz.dll NetViz.Kernels.Gpu.dll; do
      [ -f "$work/publish/$rid/$file" ] || fail "the publish for $rid lacks $file"
    done
    ls "$work/publish/$rid" | grep '\.pdb$' >/dev/null && fail "the publish for $rid holds symbols"
    echo "$rid: $(du -sb "$work/publish/$rid" | cut -f1) bytes"
  done
fi

(cd "$packages" && stat -c '%10s %n' ./*.nupkg)
echo "installed: $(du -sb "$tool" | cut -f1) bytes"
