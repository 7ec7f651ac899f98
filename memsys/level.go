package memsys

// Level says how short of memory the machine or container is.
type Level int32

// The levels, from enough memory to none.
const (
	Low      Level = iota // enough
	Moderate              // begin to save
	High                  // no new optional work; idle buffers are freed
	Extreme               // less than Options.MinFree is free: refuse what can be refused
	OOM                   // the machine is swapping, or about to kill
)

// String returns the level in one word.
func (l Level) String() string {
	switch l {
	case Low:
		return "low"
	case Moderate:
		return "moderate"
	case High:
		return "high"
	case Extreme:
		return "extreme"
	}
	return "oom"
}

// Level returns what the last Refresh found. It is one atomic load.
func (p *Pool) Level() Level { return Level(p.level.Load()) }

// Refresh looks at the machine's memory now, sets the level, and frees idle
// buffers: those not needed since the last Refresh, or all of them from High
// on. Run calls it. What cannot be read leaves the level at Low.
func (p *Pool) Refresh() Level {
	level := Low
	if memory, err := ReadMemory(p.options.Root); err == nil {
		before := p.swapUsed.Swap(int64(memory.SwapUsed))
		level = p.levelOf(memory, before > 0 && int64(memory.SwapUsed) > before)
	}
	p.level.Store(int32(level))
	p.trim(level)
	return level
}

// levelOf judges memory. The comfortable mark is twice MinFree; High is the
// lower quarter between that and MinFree. Swapping counts only where memory is
// short as well: swapped out pages of others are no pressure.
func (p *Pool) levelOf(memory Memory, swapping bool) Level {
	floor := p.options.MinFree
	free := memory.Available
	switch {
	case free <= floor/4, swapping && free < 2*floor:
		return OOM
	case free <= floor:
		return Extreme
	case free <= floor+floor/4:
		return High
	case free < 2*floor:
		return Moderate
	}
	return Low
}
