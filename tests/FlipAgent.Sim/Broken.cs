namespace FlipAgent.Sim; [Flags] internal enum Broken { None = 0 }
