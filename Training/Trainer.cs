using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Training;

/// <summary>
/// Trains a network: epochs of steps, each a forward pass, the loss, a backward pass and a change of the parameters. What comes
/// out follows from the configuration, the pictures and the device alone: neither the number of threads nor an interruption
/// between two epochs, after which <see cref="Restore"/> goes on, changes a bit of it. Activations and signals stay on the
/// device; parameters live on the host, where the optimiser changes them, and go up after each step.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly ITrainingKernels _kernels;
    private readonly LabelledImages _pictures;
    private readonly LabelledImages? _heldOut;
    private readonly BatchSource _batches;
    private readonly TrainingNetwork _network;
    private readonly Sgd _sgd;
    private readonly WeightAverage? _average;
    private readonly LearningRateSchedule _schedule;
    private readonly List<EpochLog> _log = [];
    private readonly Lazy<string> _data;

    /// <summary>Draws the first weights.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="pictures">The pictures to learn from.</param>
    /// <param name="heldOut">Pictures on which the network is evaluated after each epoch; null for none.</param>
    /// <param name="threads">Threads of the processor; 0 for one a core.</param>
    /// <param name="device">Where the network runs; null for the processor.</param>
    /// <exception cref="NetVizException">
    /// The configuration does not fit the pictures, or a batch does not fit the device.
    /// </exception>
    public Trainer(TrainingConfig config, LabelledImages pictures, LabelledImages? heldOut = null, int threads = 0,
        Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(pictures);
        Config = config.Validated().For(pictures.ClassNames);
        int least = Config.Architecture.BatchNorm ? 2 : 1, batch = Math.Min(Config.Batch, pictures.Count);
        if (batch < least)
        {
            throw new NetVizException($"{pictures.Count} training pictures in batches of {Config.Batch}; a batch needs at least "
                + $"{least}", "give more pictures, hold fewer out, or take a larger `Batch`");
        }

        (_pictures, _heldOut) = (pictures, heldOut is { Count: > 0 } ? heldOut : null);
        (float[] mean, float[] deviation) = pictures.ChannelMoments();
        int size = Config.Architecture.InputSize;
        // A channel that is the same everywhere has no deviation to divide by.
        Augmentation = Config.Augmentation with
        {
            Mean = mean, Deviation = [.. deviation.Select(d => d > 1e-3f ? d : 1)], Width = size, Height = size,
        };
        _batches = new BatchSource(Config, pictures, Augmentation, batch);
        IKernels kernels = (device ?? Device.Cpu(threads)).CreateKernels();
        _kernels = kernels as ITrainingKernels ?? throw Untrained(kernels);
        try
        {
            _network = DeviceErrors.Translate(
                () => TrainingNetwork.Create(Config.Architecture, _kernels, batch, Config.Seed), Refused);
        }
        catch
        {
            _kernels.Dispose();
            throw;
        }

        _sgd = new Sgd(_network.Parameters, threads)
        {
            Momentum = Config.Momentum, Nesterov = Config.Nesterov, WeightDecay = Config.WeightDecay, Clip = Config.Clip,
        };
        if (Config.AverageDecay > 0)
            _average = new WeightAverage([.. _network.Parameters, .. _network.Statistics], Config.AverageDecay, threads);
        _schedule = new LearningRateSchedule(Config.LearningRate, Config.FinalLearningRate,
            (long)Math.Round(Config.WarmupEpochs * _batches.Steps), (long)Config.Epochs * _batches.Steps);
        _data = new Lazy<string>(DigestOfData);
    }

    /// <summary>The back-end on which the network runs.</summary>
    public ITrainingKernels Kernels => _kernels;

    /// <summary>The configuration, with the number of classes.</summary>
    public TrainingConfig Config { get; }

    /// <summary>How pictures become numbers, with the mean and deviation of the training pictures.</summary>
    public Augmentation Augmentation { get; }

    /// <summary>How many pictures are learned from.</summary>
    public int PictureCount => _pictures.Count;

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => _pictures.ClassNames;

    /// <summary>The epochs that are done.</summary>
    public IReadOnlyList<EpochLog> Log => _log;

    /// <summary>The number of parameters that are learned.</summary>
    public long ParameterCount => _network.Parameters.Sum(parameter => parameter.Shape.Count);

    /// <summary>Trains the epochs that are left.</summary>
    /// <param name="progress">Told after each step.</param>
    /// <param name="epochEnded">Told after each epoch, when <see cref="Save"/> gives what it led to.</param>
    /// <param name="token">Cancels it between steps. Then the epoch is half done: go on from the last checkpoint.</param>
    /// <exception cref="NetVizException">The loss grew beyond all bounds.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run(Action<TrainingProgress>? progress = null, Action<EpochLog>? epochEnded = null,
        CancellationToken token = default)
    {
        var learning = new Stopwatch();
        var all = Stopwatch.StartNew();
        long done = 0;
        while (_log.Count < Config.Epochs)
        {
            int epoch = _log.Count, step = 0, correct = 0;
            double loss = 0, norm = 0;
            TimeSpan began = all.Elapsed, learned = learning.Elapsed;
            learning.Start();
            foreach ((float[] images, float[] targets) in _batches.Epoch(epoch))
            {
                token.ThrowIfCancellationRequested();
                (double stepLoss, int stepCorrect, double stepNorm) = StepOnDevice(epoch, step, images, targets);
                loss += stepLoss;
                correct += stepCorrect;
                norm += stepNorm;
                step++;
                done++;
                long left = (long)(Config.Epochs - epoch) * _batches.Steps - step;
                progress?.Invoke(new TrainingProgress(epoch + 1, step, _batches.Steps, loss / step,
                    (double)correct / (step * _batches.Batch), done * _batches.Batch / learning.Elapsed.TotalSeconds,
                    all.Elapsed * ((double)left / done)));
            }

            learning.Stop();
            Evaluation? evaluation = _heldOut is null ? null : Evaluate(_heldOut, token);
            _log.Add(new EpochLog
            {
                Epoch = epoch + 1,
                LearningRate = _schedule.At((long)epoch * step + step - 1),
                TrainingLoss = loss / step,
                TrainingTop1 = (double)correct / (step * _batches.Batch),
                GradientNorm = norm / step,
                ValidationLoss = evaluation?.Loss,
                ValidationTop1 = evaluation?.Top1,
                ValidationTop5 = evaluation?.Top5,
                ImagesPerSecond = step * _batches.Batch / (learning.Elapsed - learned).TotalSeconds,
                Seconds = (all.Elapsed - began).TotalSeconds,
            });
            epochEnded?.Invoke(_log[^1]);
        }
    }

    /// <summary>Evaluates the network as it is now: the average of its weights, where one is kept.</summary>
    /// <param name="pictures">At least one.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Evaluation Evaluate(LabelledImages pictures, CancellationToken token = default)
    {
        using PreparedNetwork prepared = ToNetwork("evaluated").On(_kernels);
        return Evaluation.Of(prepared, pictures, Augmentation, token);
    }

    /// <summary>The network for use, as it is now: the average of its weights, where one is kept.</summary>
    /// <param name="name">Its name.</param>
    public Network ToNetwork(string name)
    {
        _average?.Exchange();
        try
        {
            return _network.ToNetwork(name);
        }
        finally
        {
            _average?.Exchange();
        }
    }

    /// <summary>What is needed to go on from here; it shares the trainer's arrays, so write it before the next step.</summary>
    public Checkpoint Save() => new(Config, _data.Value, _log.ToArray(), [.. State()]);

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="checkpoint">One that a trainer of the same configuration on the same pictures saved.</param>
    /// <param name="where">Its file, for errors.</param>
    /// <exception cref="NetVizException">It is one of another configuration or of other pictures.</exception>
    public void Restore(Checkpoint checkpoint, string where)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        string[] differences = [.. checkpoint.Config.DifferencesFrom(Config)];
        if (differences.Length > 0)
        {
            throw new NetVizException($"{where} is of another configuration: {string.Join("; ", differences)} now",
                "give the same options, or train anew to another file");
        }

        if (checkpoint.Data != _data.Value)
            throw new NetVizException($"{where} is of other pictures", "give the same `Data` and `HeldOut`");
        (string Name, float[] Values)[] state = [.. State()];
        if (!checkpoint.Tensors.Select(tensor => (tensor.Name, tensor.Values.Length))
            .SequenceEqual(state.Select(tensor => (tensor.Name, tensor.Values.Length))))
            throw new NetVizException($"{where} holds other tensors than a network of its configuration has");
        for (int i = 0; i < state.Length; i++) checkpoint.Tensors[i].Values.CopyTo(state[i].Values, 0);
        _log.Clear();
        _log.AddRange(checkpoint.Log);
        _network.ParametersChanged();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _kernels.Dispose();
    }

    private static NetVizException Untrained(IKernels kernels)
    {
        using (kernels) return new NetVizException($"the back-end '{kernels.Name}' has no operations for training", "train on the processor");
    }

    private static NetVizException Refused(DeviceException e) => new(e.Message, "take a smaller `Batch`, or `Device` cpu", e);

    private (double Loss, int Correct, double Norm) StepOnDevice(int epoch, int step, float[] images, float[] targets) =>
        DeviceErrors.Translate(() => Step(epoch, step, images, targets), Refused);

    private (double Loss, int Correct, double Norm) Step(int epoch, int step, float[] images, float[] targets)
    {
        long number = (long)epoch * _batches.Steps + step;
        var signal = new float[targets.Length];
        (double loss, int correct) = SoftmaxCrossEntropy.Evaluate(
            _network.Forward(images, number), targets, Config.Architecture.Classes, signal);
        double norm = double.NaN;
        if (double.IsFinite(loss))
        {
            _network.Backward(signal);
            norm = _sgd.Step(_schedule.At(number));
        }

        if (!double.IsFinite(norm))
        {
            throw new NetVizException($"the loss grew beyond all bounds in epoch {epoch + 1}, step {step + 1}",
                "a smaller `LearningRate` or `Clip`, or a longer `WarmupEpochs` may help");
        }

        _network.ParametersChanged();
        _average?.Add(number);
        return (loss, correct, norm);
    }

    private IEnumerable<(string Name, float[] Values)> State()
    {
        foreach (Parameter tensor in _network.Parameters.Concat(_network.Statistics)) yield return (tensor.Name, tensor.Values);
        for (int i = 0; i < _network.Parameters.Count; i++)
            yield return ($"momentum/{_network.Parameters[i].Name}", _sgd.Momenta[i]);
        for (int i = 0; i < (_average?.Averages.Count ?? 0); i++)
        {
            IReadOnlyList<Parameter> learned = _network.Parameters;
            Parameter tensor = i < learned.Count ? learned[i] : _network.Statistics[i - learned.Count];
            yield return ($"average/{tensor.Name}", _average!.Averages[i]);
        }
    }

    private string DigestOfData()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', _pictures.ClassNames)));
        foreach (LabelledImages? pictures in (LabelledImages?[])[_pictures, _heldOut])
        {
            hash.AppendData(BitConverter.GetBytes(pictures?.Count ?? 0));
            for (int i = 0; i < (pictures?.Count ?? 0); i++)
            {
                hash.AppendData(BitConverter.GetBytes(pictures!.Class(i)));
                hash.AppendData(pictures.Pixels(i));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
