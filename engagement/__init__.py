"""What people take part in: consultations, comments, polls; several small apps, since each covers several areas."""
