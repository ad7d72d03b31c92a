using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>The one place where what a device refuses becomes an error that the user can mend.</summary>
public static class DeviceErrors
{
    /// <summary>Does work on a device. With static functions and a state that is no object it allocates nothing.</summary>
    /// <param name="state">What the work needs, for example a span.</param>
    /// <param name="work">The work.</param>
    /// <param name="refuse">Makes the error of what the device refused.</param>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    public static TResult Translate<TState, TResult>(TState state, Func<TState, TResult> work,
        Func<TState, DeviceException, NetVizException> refuse)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(refuse);
        try
        {
            return work(state);
        }
        catch (DeviceException e)
        {
            throw refuse(state, e);
        }
    }

    /// <summary>Does work on a device that has a result.</summary>
    /// <param name="work">The work.</param>
    /// <param name="refuse">Makes the error of what the device refused.</param>
    /// <typeparam name="T">The type of the result.</typeparam>
    public static T Translate<T>(Func<T> work, Func<DeviceException, NetVizException> refuse)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(refuse);
        return Translate((work, refuse), static given => given.work(), static (given, e) => given.refuse(e));
    }

    /// <summary>Does work on a device that has no result.</summary>
    /// <param name="work">The work.</param>
    /// <param name="refuse">Makes the error of what the device refused.</param>
    public static void Translate(Action work, Func<DeviceException, NetVizException> refuse)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(refuse);
        Translate((work, refuse), static given =>
        {
            given.work();
            return true;
        }, static (given, e) => given.refuse(e));
    }
}
