"""Line: how one host is called, whatever it is asked."""
