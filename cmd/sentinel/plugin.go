package main

func runPlugin(env *environment, args []string) int { return listPlugins(env, args[1:]) }
