namespace NetViz.Engine.Execution;

/// <summary>How far a pass is; reported on the thread that runs it, after each layer or group of layers computed as one.</summary>
/// <param name="Layer">The layer that ran, of a group the first in the order of the forward pass.</param>
/// <param name="IsBackward">Whether it ran backward.</param>
/// <param name="Done">Steps done, from 1 to the total.</param>
/// <param name="Total">Steps of the pass.</param>
public readonly record struct LayerProgress(string Layer, bool IsBackward, int Done, int Total);
