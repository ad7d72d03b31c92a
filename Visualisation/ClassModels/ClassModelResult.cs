using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.ClassModels;

/// <summary>What was found at a step.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Value">f: the score, posterior or activation, of the view that the network was shown.</param>
/// <param name="Objective">f less the penalties.</param>
/// <param name="Norm">||I||_2 in the network's units, of the image itself.</param>
public sealed record ClassModelStep(int Step, double Value, double Objective, double Norm);

/// <summary>A picture on the way.</summary>
/// <param name="Step">Steps that were done.</param>
/// <param name="Picture">The image so far, with the mean added.</param>
public sealed record ClassModelFrame(int Step, Photo Picture);

/// <summary>A class model, or why there is none.</summary>
/// <param name="Result">The class model; null if there is none.</param>
/// <param name="Problem">Why there is none.</param>
public sealed record ClassModelOutcome(ClassModelResult? Result, NetVizException? Problem);

/// <summary>The result of a gradient ascent towards a class.</summary>
/// <param name="Image">I, [C, H, W] in the coordinates of <see cref="InputUnits"/>.</param>
/// <param name="Picture">With the mean of the training set added.</param>
/// <param name="Curve">Step by step.</param>
/// <param name="Frames">Some pictures on the way, the last one the result.</param>
/// <param name="Value">f of the image itself at the end, before it is rounded to a picture.</param>
public sealed record ClassModelResult(float[] Image, Photo Picture, IReadOnlyList<ClassModelStep> Curve,
    IReadOnlyList<ClassModelFrame> Frames, double Value);
