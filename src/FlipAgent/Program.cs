Console.WriteLine("flipagent");
