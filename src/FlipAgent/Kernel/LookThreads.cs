namespace FlipAgent.Kernel;

/// <summary>
/// The threads on which looks begin, and those that only block also end. The platform's pool wakes a thread for a piece of work, a second one in case there is more, and a third that
/// supervises both: with a look each second that was half of what an idle agent did. It also has other things to do when HAProxy hangs than to wait for it. These threads sleep until there
/// is a look for them; the one that slept last is woken first. A look whose time has just come needs none of them: the clock's own thread is awake and makes it (<see cref="AlarmClock.TryAfter"/>).
/// </summary>
internal sealed class LookThreads
{
    private readonly Lock _lock = new();
    private readonly Stack<Worker> _idle = new();
    private readonly Queue<Action> _waiting = new();
    private readonly Action<ThreadStart> _start;
    private int _reserved;
    private int _threads;

    /// <param name="start">Starts a thread.</param>
    internal LookThreads(Action<ThreadStart> start) => _start = start;

    /// <summary>Those of this process; they never end.</summary>
    public static LookThreads Own { get; } = new(static work => new Thread(work) { IsBackground = true, Name = "look" }.Start());

    /// <summary>Whether looks wait because all threads are taken and no other could be started. If so, that is tried again.</summary>
    public bool AreTaken()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return false;
            TryStart();
            return true;
        }
    }

    /// <summary>
    /// So many looks more, or less, may be under way at a time. Threads are started here and not when they are needed, for there may be no file descriptor left for one
    /// then (fault F11). One that cannot be started now is tried again when a look waits for it.
    /// </summary>
    public void Reserve(int looks)
    {
        lock (_lock)
        {
            _reserved += looks;
            while (_threads < _reserved && TryStart())
            {
            }
        }
    }

    /// <summary>Begins the look after this call, whatever it does: it may block, or throw.</summary>
    public Task<T> Run<T>(Func<Task<T>> look)
    {
        var begun = new TaskCompletionSource<Task<T>>();
        void Begin() => begun.SetResult(Begun(look));
        if (!AlarmClock.TryAfter(Begin))
            Hand(Begin);
        return begun.Task.Unwrap();
    }

    /// <summary>Does what may block on a thread of its own, also for somebody who is himself at a look: to him <see cref="Run"/> could give it for afterwards, and he may wait for it.</summary>
    public Task Beside(Action work)
    {
        var done = new TaskCompletionSource();
        Hand(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    private static Task<T> Begun<T>(Func<Task<T>> look)
    {
        try
        {
            return look();
        }
        catch (OperationCanceledException)
        {
            return Task.FromCanceled<T>(new(canceled: true));
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }

    private void Hand(Action look)
    {
        Worker? worker;
        lock (_lock)
        {
            if (!_idle.TryPop(out worker))
            {
                _waiting.Enqueue(look);
                // Some hang beyond their time. Without one more the look waits for whoever ends first.
                TryStart();
                return;
            }
        }
        worker.Give(look);
    }

    private bool TryStart()
    {
        try
        {
            _start(Work);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
        _threads++;
        return true;
    }

    private void Work()
    {
        var me = new Worker();
        while (true)
        {
            Action? look;
            lock (_lock)
                if (!_waiting.TryDequeue(out look))
                    _idle.Push(me);
            (look ?? me.Take())();
        }
    }

    private sealed class Worker
    {
        private Action? _look;

        public void Give(Action look)
        {
            lock (this)
            {
                _look = look;
                Monitor.Pulse(this);
            }
        }

        public Action Take()
        {
            lock (this)
            {
                while (_look is null)
                    Monitor.Wait(this);
                var look = _look;
                _look = null;
                return look;
            }
        }
    }
}
