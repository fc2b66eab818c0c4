package main

func runLab(env *environment, args []string) int { return exitFailed }
