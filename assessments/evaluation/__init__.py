"""What an attack on releases could learn, measured."""
