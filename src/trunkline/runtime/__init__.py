"""The wire: the only room that knows grpc. It runs the chain it is given and knows no interceptor."""
