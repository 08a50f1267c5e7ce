//go:build !unix

package config

func passwdHome(int) string { return "" }
