"""What an event means in each stage of an order. Stages call arrivals, and no stage another but as the story goes."""
