using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>The one place where what a device refuses becomes an error that the user can mend.</summary>
public static class DeviceErrors
{
    /// <summary>Does work on a device.</summary>
    /// <param name="state">What the work needs that cannot be captured, for example a span.</param>
    /// <param name="work">The work.</param>
    /// <param name="refuse">Makes the error of what the device refused.</param>
    /// <typeparam name="TState">The type of the state.</typeparam>
    public static void Translate<TState>(TState state, Action<TState> work, Func<DeviceException, NetVizException> refuse)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(refuse);
        try
        {
            work(state);
        }
        catch (DeviceException e)
        {
            throw refuse(e);
        }
    }

    /// <summary>Does work on a device that has a result.</summary>
    /// <param name="work">The work.</param>
    /// <param name="refuse">Makes the error of what the device refused.</param>
    /// <typeparam name="T">The type of the result.</typeparam>
    public static T Translate<T>(Func<T> work, Func<DeviceException, NetVizException> refuse)
    {
        ArgumentNullException.ThrowIfNull(work);
        T result = default!;
        Translate(0, _ => result = work(), refuse);
        return result;
    }
}
