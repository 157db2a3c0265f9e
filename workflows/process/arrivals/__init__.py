"""What it is to have arrived: shipped, somewhere on the way, asked to come back, at an end. Arrivals call no stage."""
