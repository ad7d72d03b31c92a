using System.ComponentModel;
using System.Diagnostics;

namespace NetViz.Cli.Explore;

/// <summary>The user's browser.</summary>
internal static class Browser
{
    /// <summary>Opens an address.</summary>
    /// <returns>False if there is no browser, or no screen to show it on.</returns>
    public static bool TryOpen(Uri address)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using Process? started = Process.Start(new ProcessStartInfo(address.ToString()) { UseShellExecute = true });
                return true;
            }

            if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("DISPLAY") is null or ""
                && Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is null or "")
                return false;
            using Process? opened = Process.Start(new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open")
            {
                ArgumentList = { address.ToString() },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            });
            return opened is not null;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
