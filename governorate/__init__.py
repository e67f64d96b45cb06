"""What is data about one governorate, checked and typed. It reads files and nothing else, and sees `seal` and the base of refusals."""
