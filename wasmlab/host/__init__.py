"""The host's side: functions that modules import."""
