package config

// Load reads files and directories where no plugin of others is known.
func Load(paths []string, opts Options) (*Config, *Report) { return Read(paths, opts).Load(Plugins{}) }
