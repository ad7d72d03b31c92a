using System.Globalization;
using NetViz.Analysis.Stepping;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Proofs;

namespace NetViz.Cli.Step;

/// <summary>What one backward pass is of.</summary>
/// <param name="Title">Image, class, score.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Order">What the image's channels are.</param>
/// <param name="Input">The image as the network sees it, of the input's size; null where only its numbers are known.</param>
internal sealed record StepSubject(string Title, string Model, ChannelOrder Order, Photo? Input);

/// <summary>What the keyboard waits for.</summary>
internal enum StepPrompt
{
    None,
    Channel,
    Element,
}

/// <summary>What is looked at, and what keys do to it. It knows no terminal.</summary>
internal sealed class StepView(Descent descent, StepSubject subject)
{
    private readonly BackwardRule _given = descent.Rule;
    private int _side;
    private int _channels;

    public Descent Descent { get; } = descent;

    public StepSubject Subject { get; } = subject;

    public bool ShowsHelp { get; private set; }

    public StepPrompt Prompt { get; private set; }

    /// <summary>What was typed at the prompt.</summary>
    public string Typed { get; private set; } = "";

    /// <summary>What the last key led to, if that needs telling.</summary>
    public string? Message { get; private set; }

    /// <summary>The channel that is drawn; null for all.</summary>
    public int? Channel { get; private set; }

    /// <summary>The element that is followed: c,y,x, or one number in a vector.</summary>
    public IReadOnlyList<int>? Element { get; private set; }

    public Network Network => Descent.Record.Prepared.Network;

    /// <summary>The input of the layer below which the signal is drawn; null for above, and at the end.</summary>
    public int? Input => Descent.Passage is Passage passage && _side < Wanted(passage).Length ? Wanted(passage)[_side] : null;

    /// <summary>At the end: whether the image itself is drawn instead of the signal.</summary>
    public bool ShowsImage => Descent.Node is null && _side == 2;

    /// <summary>At the image: whether the signal is drawn in colours and not as max over c of |R_c|.</summary>
    public bool ShowsColours => ShownTensor == 0 && ChannelsOf(0) is 1 or 3 && !(Descent.Node is null && _side == 1);

    /// <summary>The tensor whose signal is drawn.</summary>
    public int ShownTensor => Input is int k ? Descent.Node!.Inputs[k] : Descent.Tensor;

    /// <summary>The signal that is drawn.</summary>
    public double[] ShownSignal => Input is int k ? Descent.Passage!.Below[k]! : Descent.Signal;

    /// <summary>The signal below the layer: at the input that is drawn, else at the first that leads to the image.</summary>
    public double[] ShownBelow => Descent.Passage!.Below[Input ?? Wanted(Descent.Passage)[0]]!;

    /// <summary>A tensor's shape.</summary>
    public Shape ShapeOf(int tensor) => Descent.Record.ShapeOf(Network.NameOf(tensor));

    /// <summary>A tensor's channels; 0 where it is a vector.</summary>
    public int ChannelsOf(int tensor) => SignalThumbnail.ChannelsOf(ShapeOf(tensor), Network.LayoutOf(tensor));

    /// <summary>Does what a key asks for.</summary>
    /// <returns>False where it ends the view.</returns>
    public bool Press(ConsoleKeyInfo key)
    {
        Message = null;
        if (ShowsHelp)
        {
            ShowsHelp = false;
            return char.ToLowerInvariant(key.KeyChar) != 'q';
        }

        if (Prompt != StepPrompt.None)
        {
            Answer(key);
            return true;
        }

        switch (key.Key, char.ToLowerInvariant(key.KeyChar))
        {
            case (_, 'q'): return false;
            case (ConsoleKey.DownArrow or ConsoleKey.Spacebar, _) or (_, 'n' or ' '):
                Move(Descent.Down(), "The signal has arrived.");
                break;
            case (ConsoleKey.UpArrow, _) or (_, 'b'): Move(Descent.Up(), "This is where the signal starts."); break;
            case (ConsoleKey.Home, _): Descent.ToTop(); Moved(); break;
            case (ConsoleKey.End, _): Descent.ToBottom(); Moved(); break;
            case (ConsoleKey.Tab, _) or (_, '\t'): _side = (_side + 1) % Sides(); KeepChannel(); break;
            case (_, 'g'): Switch(BackwardRule.Gradient); break;
            case (_, 'd'): Switch(BackwardRule.DeconvNet); break;
            case (_, 'u'): Switch(BackwardRule.Guided); break;
            case (_, 'r'): Switch(_given); break;
            case (ConsoleKey.LeftArrow, _): StepChannel(-1); break;
            case (ConsoleKey.RightArrow, _): StepChannel(1); break;
            case (_, 'c'): Ask(ChannelsOf(ShownTensor) > 0, StepPrompt.Channel, "A vector has no channels."); break;
            case (_, 'e'): Ask(true, StepPrompt.Element, ""); break;
            case (_, '?' or 'h'): ShowsHelp = true; break;
            case (ConsoleKey.Escape, _): Element = null; break;
        }

        return true;
    }

    private static int[] Wanted(Passage passage) =>
        [.. Enumerable.Range(0, passage.Below.Count).Where(k => passage.Below[k] is not null)];

    private int Sides() => Descent.Passage is Passage passage ? Wanted(passage).Length + 1 : Subject.Input is null ? 2 : 3;

    private void Move(bool done, string otherwise)
    {
        if (!done) Message = otherwise;
        Moved();
    }

    private void Moved()
    {
        _side = 0;
        KeepChannel();
    }

    private void Switch(BackwardRule rule)
    {
        if (Descent.Node is null) Message = "The signal has arrived: go up to switch the rule.";
        else if (rule.Relevance is null != Descent.Rule.Relevance is null)
        {
            Message = "Relevance is no gradient: the two do not mix on one way. Start with --rule to walk the other.";
            return;
        }
        else if (!Descent.RuleStillMatters) Message = "No rectifier or LRN lies below: a rule makes no difference from here on.";
        if (Descent.Node is not null) Descent.Switch(rule);
    }

    /// <summary>A channel's number means nothing at a layer with other channels.</summary>
    private void KeepChannel()
    {
        if (ChannelsOf(ShownTensor) != _channels) Channel = null;
        _channels = ChannelsOf(ShownTensor);
    }

    /// <summary>All channels, then 0, 1, ... and all again.</summary>
    private void StepChannel(int by)
    {
        int channels = ChannelsOf(ShownTensor), places = channels + 1;
        if (channels == 0) Message = "A vector has no channels.";
        else if (((Channel ?? -1) + 1 + by + places) % places is > 0 and int place) Channel = place - 1;
        else Channel = null;
        _channels = channels;
    }

    private void Ask(bool possible, StepPrompt prompt, string otherwise)
    {
        (Prompt, Typed) = (possible ? prompt : StepPrompt.None, "");
        if (!possible) Message = otherwise;
    }

    private void Answer(ConsoleKeyInfo key)
    {
        if (key.Key == ConsoleKey.Escape) Prompt = StepPrompt.None;
        else if (key.Key == ConsoleKey.Backspace) Typed = Typed.Length > 0 ? Typed[..^1] : "";
        else if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n') Take();
        else if ((char.IsAsciiDigit(key.KeyChar) || key.KeyChar == ',') && Typed.Length < 24) Typed += key.KeyChar;
    }

    private void Take()
    {
        int[] numbers = [.. Typed.Split(',').Where(part => part.Length > 0)
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : int.MaxValue)];
        StepPrompt prompt = Prompt;
        Prompt = StepPrompt.None;
        if (prompt == StepPrompt.Channel) TakeChannel(numbers);
        else TakeElement(numbers);
    }

    private void TakeChannel(int[] numbers)
    {
        int channels = ChannelsOf(ShownTensor);
        _channels = channels;
        if (numbers.Length == 0) Channel = null;
        else if (numbers is [int c] && c < channels) Channel = c;
        else Message = $"There is no channel {Typed}: there are 0 to {channels - 1}.";
    }

    private void TakeElement(int[] numbers)
    {
        var place = new ElementPlace(ShapeOf(Descent.Tensor), Network.LayoutOf(Descent.Tensor));
        if (numbers.Length == 0) Element = place.OfLargest(Descent.Signal);
        else if (place.IndexOf(numbers) is not null) Element = numbers;
        else Message = $"There is no element {Typed}: the signal has the shape {place.Shape}"
            + $"{(place.Shape.WithImages(1).Rank == 4 ? ", and an element is c,y,x." : ".")}";
    }
}
