using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>Cuts a kernel into basic blocks and ranks them.</summary>
/// <remarks>
/// Threads that parted meet again where their ways join, if those behind always run first. The place in the text does not tell
/// who is behind:
/// ILGPU writes a join in front of what leads to it. A weak topological order does (F. Bourdoncle, Efficient chaotic iteration
/// strategies with widenings, 1993): blocks stand behind all that lead to them, loops apart, and a loop's blocks stand together
/// in
/// front of all that follows the loop.
/// </remarks>
internal sealed class ControlFlow
{
    private readonly Dictionary<BasicBlock, int> _visited = [];
    private readonly Stack<BasicBlock> _open = new();
    private int _visits;

    private ControlFlow()
    {
    }

    /// <summary>The basic blocks that can be reached, the first one in front, ranked.</summary>
    public static IReadOnlyList<BasicBlock> Of(IReadOnlyList<Statement> statements)
    {
        BasicBlock first = Cut(statements);
        var order = new LinkedList<BasicBlock>();
        new ControlFlow().Visit(first, order);
        int rank = 0;
        foreach (BasicBlock block in order) block.Rank = rank++;
        return [.. order];
    }

    // An instruction under a guard is a block of its own that the other threads jump over; so only branches know of predicates.
    private static BasicBlock Cut(IReadOnlyList<Statement> statements)
    {
        var labels = new Dictionary<string, BasicBlock>();
        foreach (string label in statements.SelectMany(statement => statement.Labels)) labels[label] = new BasicBlock();

        var first = new BasicBlock();
        BasicBlock block = first;
        foreach (Statement statement in statements)
        {
            if (statement.Labels.Count > 0)
            {
                BasicBlock labelled = labels[statement.Labels[0]];
                foreach (string label in statement.Labels) labels[label] = labelled;
                block.Next = labelled;
                block = labelled;
            }

            string name = statement.Opcode;
            bool isBranch = name is "bra" or "bra.uni", ends = name is "ret" or "exit",
                waits = name is "bar.sync" or "barrier.sync.aligned";
            var after = new BasicBlock();
            if (statement.Guard is not null)
            {
                block.End = Terminator.Branch;
                block.Guard = statement.Guard;
                block.Line = statement.Line;
                block.Next = after;
                if (isBranch)
                {
                    block.Negated = statement.Negated;
                    block.Target = Target(statement);
                    block = after;
                    continue;
                }

                block.Negated = !statement.Negated;
                block.Target = after;
                var guarded = new BasicBlock();
                block.Next = guarded;
                block = guarded;
            }

            if (isBranch || ends || waits)
            {
                block.Line = statement.Line;
                block.End = isBranch ? Terminator.Jump : ends ? Terminator.Exit : Terminator.Barrier;
                block.Next = isBranch ? Target(statement) : ends ? null : after;
                if (waits && statement.Operands is not [ImmediateOperand { Bits: 0 }])
                    throw Refuse(statement, "only barrier 0 is known, for all threads");
                block = after;
                continue;
            }

            block.Statements.Add(statement);
            if (statement.Guard is null) continue;
            block.Next = after;
            block = after;
        }

        return first;

        BasicBlock Target(Statement statement) =>
            statement.Operands is [SymbolOperand label] && labels.TryGetValue(label.Name, out BasicBlock? found)
                ? found
                : throw Refuse(statement, "no such label");
    }

    // Tarjan's search for strongly connected components; a component's inner order is found by a search that starts behind its
    // head.
    private int Visit(BasicBlock block, LinkedList<BasicBlock> order)
    {
        _open.Push(block);
        int own = _visited[block] = ++_visits, head = own;
        bool isLoop = false;
        foreach (BasicBlock next in block.Successors)
        {
            int least = _visited.TryGetValue(next, out int known) ? known : Visit(next, order);
            if (least > head) continue;
            head = least;
            isLoop = true;
        }

        if (head != own) return head;
        _visited[block] = int.MaxValue;
        BasicBlock member = _open.Pop();
        if (isLoop)
        {
            while (member != block)
            {
                _visited.Remove(member);
                member = _open.Pop();
            }

            var inner = new LinkedList<BasicBlock>();
            foreach (BasicBlock next in block.Successors) if (!_visited.ContainsKey(next)) Visit(next, inner);
            for (LinkedListNode<BasicBlock>? last = inner.Last; last is not null; last = last.Previous)
                order.AddFirst(last.Value);
        }

        order.AddFirst(block);
        return head;
    }

    private static PtxException Refuse(Statement statement, string why) => new(why, statement.Line, statement.Opcode);
}
