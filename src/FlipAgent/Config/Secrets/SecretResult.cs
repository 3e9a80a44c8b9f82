namespace FlipAgent.Config.Secrets;

/// <summary>What reading a secret came to. A closed set: the caller decides what each case means (rule: a degraded backup that says so).</summary>
public abstract record SecretResult
{
    private SecretResult()
    {
    }

    /// <summary>One sentence for logs and `status`: the file, what is wrong, what to do. Never any of the content.</summary>
    public abstract string Describe(string file);

    public sealed record Ok(Secret Secret) : SecretResult
    {
        public override string Describe(string file) => $"{file} is fine";
    }

    public sealed record Missing : SecretResult
    {
        public override string Describe(string file) => $"{file} is missing; write the secret into it and let group flipagent read it (mode 0640)";
    }

    public sealed record Empty : SecretResult
    {
        public override string Describe(string file) => $"{file} is empty; write the secret into it";
    }

    /// <param name="Mode">In octal, such as 0644.</param>
    /// <param name="ByGroup">Only the file's group is too wide, not everybody.</param>
    public sealed record TooOpen(string Mode, bool ByGroup) : SecretResult
    {
        public override string Describe(string file) => ByGroup
            ? $"{file} can be read by a group that is not the agent's (mode {Mode}): chgrp flipagent {file}"
            : $"{file} can be read by others (mode {Mode}): chmod 640 {file}, and take the secret for known";
    }

    /// <param name="Reason">What the system says, such as "Permission denied".</param>
    public sealed record Unreadable(string Reason) : SecretResult
    {
        public override string Describe(string file)
        {
            if (Reason.StartsWith("it is ", StringComparison.Ordinal))
                return $"{file} cannot be used: {Reason}; expected a file with nothing but the secret in it";
            // Owner and mode mend nothing else: not a disk that fails, nor a file system that refuses.
            var toDo = Reason == "Permission denied" ? $": chgrp flipagent {file}; chmod 640 {file}" : "; expected a file with nothing but the secret in it";
            return $"{file} cannot be read by user {Environment.UserName} ({Reason}){toDo}";
        }
    }

    public sealed record TooLarge : SecretResult
    {
        public override string Describe(string file) => $"{file} is longer than {SecretFile.MaxBytes} bytes; expected nothing but the secret in it";
    }
}
