using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using NetViz.Kernels.Gpu;

namespace NetViz.Tests.Cuda;

/// <summary>The GPU back-end's kernels, and what ILGPU makes of them for an H100; no device is needed.</summary>
internal static class PtxText
{
    private static readonly Type[] Structs =
    [
        .. typeof(GpuKernels).Assembly.GetTypes().Concat(typeof(NetViz.Kernels.IKernels).Assembly.GetTypes())
            .Where(type => type.IsValueType && !type.IsEnum && type.Namespace != "NetViz.Kernels.Cpu"),
    ];

    private static readonly Lock Compiling = new();
    private static PtxCompiler? _compiler;

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
    /// Compiles a kernel for compute capability 9.0. All share a context, since what they have in common is then read once; a
    /// kernel that fails spoils it for others, so that the next one gets a fresh one.
    /// </summary>
    public static string Of(Type kernel)
    {
        lock (Compiling)
        {
            try
            {
                _compiler ??= new PtxCompiler();
                return _compiler.Compile(kernel);
            }
            catch
            {
                _compiler?.Dispose();
                _compiler = null;
                throw;
            }
        }
    }

    private static bool IsOperand(Type parameter) =>
        parameter.GetGenericParameterConstraints().Contains(typeof(IOperand));

    private static Type[] Choices(Type kernel, Type parameter)
    {
        Type[] wanted = [.. parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface)];
        Type[] found =
        [
            .. Structs.Where(type => !Kernels.Contains(type) && wanted.All(known => Implements(type, known)))
                .SelectMany(type => Completed(kernel, type)).Where(type => wanted.Length > 0 && wanted.All(type.IsAssignableTo))
                .OrderBy(type => type != typeof(MatrixOperand)).ThenBy(NameOf),
        ];
        return found.Length > 0 ? found : throw new InvalidOperationException(
            $"{kernel.Name}: no struct of the back-end fits its type parameter {parameter.Name} "
            + $"({string.Join(", ", wanted.Select(NameOf))}); give it a constraint that one fulfils, or tell PtxText how "
            + "to close it");
    }

    private static bool Implements(Type type, Type wanted) =>
        type.GetInterfaces().Any(known => Definition(known) == Definition(wanted));

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    /// <summary>A type with all that its parameters may be: numbers are float, all else is of the back-end.</summary>
    private static IEnumerable<Type> Completed(Type kernel, Type type)
    {
        if (!type.IsGenericTypeDefinition) return [type];
        bool IsNumber(Type parameter) =>
            parameter.GetGenericParameterConstraints().Any(constraint => constraint.ContainsGenericParameters);
        Type[][] choices =
        [
            .. type.GetGenericArguments().Select(parameter =>
                IsNumber(parameter) ? [typeof(float)] : Choices(kernel, parameter)),
        ];
        return Combinations(choices).Select(type.MakeGenericType);
    }

    private static IEnumerable<Type[]> Combinations(Type[][] choices) =>
        choices.Aggregate((IEnumerable<Type[]>)[[]],
            (before, next) => before.SelectMany(head => next.Select(last => (Type[])[.. head, last])));

    private sealed class PtxCompiler : IDisposable
    {
        private readonly Context _context = Context.Create(builder =>
            builder.Optimize(OptimizationLevel.O2).Math(MathMode.Default).EnableAlgorithms());

        private readonly PTXBackend _backend;

        public PtxCompiler()
        {
            _backend = new PTXBackend(_context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90,
                CudaInstructionSet.ISA_78, null!);
        }

        public string Compile(Type kernel)
        {
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
            return ((PTXCompiledKernel)_backend.Compile(entry, specialization)).PTXAssembly
                .Replace(".target sm_80", ".target sm_90");
        }

        public void Dispose()
        {
            _backend.Dispose();
            _context.Dispose();
        }
    }
}
