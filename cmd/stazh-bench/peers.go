package main

import "context"

func (b *bench) beside(ctx context.Context) error { return nil }
