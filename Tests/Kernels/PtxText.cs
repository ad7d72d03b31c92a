using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using NetViz.Kernels.Gpu;

namespace NetViz.Tests.Kernels;

/// <summary>The GPU back-end's kernels, and what ILGPU makes of them for an H100; no device is needed.</summary>
internal static class PtxText
{
    private static readonly Type[] Structs =
        [.. typeof(GpuKernels).Assembly.GetTypes().Where(type => type.IsValueType && !type.IsEnum)];

    /// <summary>All kernels; those with type parameters once.</summary>
    public static IReadOnlyList<Type> Kernels { get; } =
        [.. Structs.Where(type => type.IsAssignableTo(typeof(IThreadKernel)) || type.IsAssignableTo(typeof(IGroupKernel)))];

    /// <summary>
    /// A kernel with all types for which it may be compiled. Where two operands meet, each takes all its types while the other
    /// keeps its first one: they do not know of each other.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none for one of the parameters.</exception>
    public static IReadOnlyList<Type> Closed(Type kernel)
    {
        if (!kernel.IsGenericTypeDefinition) return [kernel];
        Type[] parameters = kernel.GetGenericArguments();
        Type[][] choices = [.. parameters.Select(parameter => Choices(kernel, parameter))];
        var all = new HashSet<string>();
        var closed = new List<Type>();
        foreach (Type[] arguments in Combinations(choices))
        {
            int moved = parameters.Where((parameter, k) => IsOperand(parameter) && arguments[k] != choices[k][0]).Count();
            if (moved > 1) continue;
            Type type = kernel.MakeGenericType(arguments);
            if (all.Add(type.ToString())) closed.Add(type);
        }

        return closed;
    }

    /// <summary>A kernel's name with its type arguments.</summary>
    public static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;

    /// <summary>
    /// Compiles a kernel for compute capability 9.0, in a context of its own, since a kernel that fails spoils its context.
    /// </summary>
    public static string Of(Type kernel)
    {
        using Context context = Context.Create(builder =>
            builder.Optimize(OptimizationLevel.O2).Math(MathMode.Default).EnableAlgorithms());
        using var backend = new PTXBackend(context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90,
            CudaInstructionSet.ISA_78, null!);
        bool isGroup = kernel.IsAssignableTo(typeof(IGroupKernel));
        MethodInfo method = typeof(NetViz.Kernels.Gpu.EntryPoint)
            .GetMethod(isGroup ? "Group" : "Thread", BindingFlags.Static | BindingFlags.Public)!.MakeGenericMethod(kernel);
        EntryPointDescription entry = isGroup
            ? EntryPointDescription.FromExplicitlyGroupedKernel(method)
            : EntryPointDescription.FromImplicitlyGroupedKernel(method);
        KernelSpecialization specialization = isGroup
            ? (KernelSpecialization)typeof(GpuAccelerator)
                .GetMethod(nameof(GpuAccelerator.Specialization), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(kernel).Invoke(null, null)!
            : default;

        // ILGPU names sm_80 whatever it compiles for.
        return ((PTXCompiledKernel)backend.Compile(entry, specialization)).PTXAssembly.Replace(".target sm_80", ".target sm_90");
    }

    private static bool IsOperand(Type parameter) =>
        parameter.GetGenericParameterConstraints().Contains(typeof(IOperand));

    private static Type[] Choices(Type kernel, Type parameter)
    {
        Type[] wanted = [.. parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface)];
        Type[] found =
        [
            .. Structs.Where(type => !Kernels.Contains(type)).Select(OnFloat).OfType<Type>()
                .Where(type => wanted.Length > 0 && wanted.All(type.IsAssignableTo))
                .OrderBy(type => type != typeof(MatrixOperand)).ThenBy(NameOf),
        ];
        return found.Length > 0 ? found : throw new InvalidOperationException(
            $"{kernel.Name}: no struct of the back-end fits its type parameter {parameter.Name} "
            + $"({string.Join(", ", wanted.Select(NameOf))}); give it a constraint that one fulfils, or tell PtxText how "
            + "to close it");
    }

    /// <summary>Rectifiers are generic in their number; kernels take float.</summary>
    private static Type? OnFloat(Type type)
    {
        if (!type.IsGenericTypeDefinition) return type;
        if (type.GetGenericArguments().Length > 1) return null;
        try
        {
            return type.MakeGenericType(typeof(float));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<Type[]> Combinations(Type[][] choices) =>
        choices.Aggregate((IEnumerable<Type[]>)[[]],
            (before, next) => before.SelectMany(head => next.Select(last => (Type[])[.. head, last])));
}
